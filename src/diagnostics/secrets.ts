// SPDX-License-Identifier: Apache-2.0
// What a secret looks like, so that none is echoed: by its own form, and by the name of its field.

interface SecretForm {
  readonly what: string;
  /** Matches all of the secret, in time that grows with the text and no faster. */
  readonly pattern: RegExp;
}

const FORMS: readonly SecretForm[] = [
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY( BLOCK)?-----[\s\S]*/g },
  { what: 'a token of GitHub', pattern: /\b(gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,})/g },
  { what: 'a token of GitLab', pattern: /\bglpat-[\w-]{16,}/g },
  { what: 'an access key of AWS', pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  { what: 'a token of Slack', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g },
  { what: 'an API key', pattern: /\b[sr]k[-_](?=[A-Za-z_-]{0,64}[0-9])[\w-]{20,}/g },
  { what: 'an API key of Google', pattern: /\bAIza[\w-]{35}/g },
  { what: 'a token of Vault', pattern: /\bhv[sbr]\.[\w-]{16,}/g },
  { what: 'a token of npm', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { what: 'a JSON Web Token', pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?/g },
  { what: 'a password in a URL', pattern: /(?<=:\/\/[^\s/:@]{0,64}:)[^\s/:@]{1,256}(?=@)/g },
];

/** Whether it is worth while to look closer: most texts have nothing like it. */
const CLUE =
  /-----BEGIN|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|xox|[sr]k[-_]|AIza|hv[sbr]\.|npm_|eyJ|:\/\/[^\s/]*@/;

/** What the text holds by its form: "a token of GitHub"; undefined when nothing in it looks like a secret. */
export function secretForm(text: string): string | undefined {
  if (!CLUE.test(text)) return undefined;
  return FORMS.find(({ pattern }) => text.search(pattern) >= 0)?.what;
}

/** The text with asterisks for what looks like a secret; as long as before. */
export function maskSecrets(text: string): string {
  if (!CLUE.test(text)) return text;
  return FORMS.reduce((masked, { pattern }) => masked.replace(pattern, maskAll), text);
}

/** Names of fields that hold secrets, without case, dashes and underscores. */
const NAMES = new Set(
  (
    'token accesstoken refreshtoken bearertoken authtoken apitoken sessiontoken subjecttoken actortoken idtoken ' +
    'secret clientsecret secretkey secretaccesskey sharedsecret secretid appsecret consumersecret ' +
    'password passwd passphrase privatekey apikey accesskey accesskeyid signingkey encryptionkey authkey masterkey ' +
    'clientassertion assertion authorization cookie pat connectionstring'
  ).split(' '),
);

/** Whether a field of this name holds a secret. Of a key like example.com/token the last part counts. */
export function isSecretName(name: string): boolean {
  return NAMES.has(
    name
      .slice(name.lastIndexOf('/') + 1)
      .toLowerCase()
      .replace(/[-_.]/g, ''),
  );
}

/** Whether a variable of the environment holds a secret: API_TOKEN, DB_PASSWORD. */
export function isSecretVariable(name: string): boolean {
  return /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|(API|ACCESS|PRIVATE|SECRET|AUTH)_?KEY|CREDENTIALS?)$/i.test(
    name,
  );
}

/** A field and its value on one line, in YAML or JSON. */
const FIELD = /(?<![\w./-])([\w./-]{1,128})(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s,{}[\]"'&*|>!#][^,}\]]*)/g;

/** A line of a file with asterisks for what looks like a secret, and for values of fields that hold one; as long as before. */
export function maskLine(line: string): string {
  return maskSecrets(line).replace(FIELD, (all, name: string, between: string, value: string) =>
    isSecretName(name) || isSecretVariable(name) ? `${name}${between}${maskAll(value)}` : all,
  );
}

/** Asterisks for all letters but blank space: a line keeps its columns. */
export function maskAll(text: string): string {
  return text.replace(/\S/g, '*');
}
