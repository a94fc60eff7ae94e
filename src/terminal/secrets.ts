// SPDX-License-Identifier: Apache-2.0
// What a secret looks like, so that none is echoed: by its own form, and by the name of its field.

/** A stretch of a text: lines and columns count from 1, and the end is not part of it. */
interface TextRange {
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

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
  { what: 'a password in a URL', pattern: /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g },
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
    'password passwd pwd passphrase bearer privatekey apikey accesskey accesskeyid signingkey encryptionkey authkey masterkey ' +
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
  return /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|(?:API|ACCESS|PRIVATE|SECRET|AUTH)_?KEY|CREDENTIALS?)$|[^D]_PWD$|^PGPASSWORD$/i.test(
    name,
  );
}

/** Of `process:env:API_TOKEN` the last part counts. */
function isSecretKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf(':') + 1);
  return isSecretName(name) || isSecretVariable(name);
}

const OPTION = String.raw`(?<![\w-])--(?:password|passwd|passphrase|pwd|token|(?:access|auth)-token|api-?key|client-secret)(?:=|\s{1,8})`;

/** Begins neither a path, a variable, a placeholder nor another option. */
const LITERAL = String.raw`(?!["'\s<$/{[()*,&|-]|file:|env:)`;

/**
 * What follows an option that takes a secret: all up to the quote that closes it, or a word. A quote with more behind it may be a part of
 * the secret, for the shell or as the end of a value of YAML that came too early: then it is all of the line.
 */
const ARGUMENT = new RegExp(
  String.raw`(?<=${OPTION}(\\{0,3}"|''|'))${LITERAL}(?:\\.|.)*?(?:(?=\1["']?(?:[\s,}\]]|$)|$)|\1.*)` +
    String.raw`|(?<=${OPTION})(?!\\{1,3}")${LITERAL}(?:\\.|[^\s"'\\])+(?:["'](?!\s*(?:[,}\]]|$)|\s+#).*)?`,
  'gm',
);

/** Whether a command line says a secret: `psql --password hunter2`. In other texts such words may be advice. */
export function hasSecretArgument(commandLine: string): boolean {
  return commandLine.search(ARGUMENT) >= 0;
}

/** A tag or an anchor before a key or a value. The first two forms exclude each other, or a line of tags would take time without end. */
const PROPERTY = String.raw`(?:(?:!<[^>\s]*>|(?!!<)[!&][^\s,{}[\]]*)\s+)*`;

/** A key that begins a line, and its colon; before it may stand dashes of lists, a tag and an anchor. */
const KEY = new RegExp(
  String.raw`^((?:\s|[-?]\s)*)(${PROPERTY}("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'{}[\],&*!|>%@${'`'}][^\s#"'{}[\],]{0,255})\s*:(?=\s|$))`,
);

/** A key in the midst of a line: of a map in brackets, or of a text. */
const FIELD = /(?:"((?:[^"\\]|\\.){1,64})"|(?<![\w./:-])([\w./:-]{1,128})["']?)\s*[:=]\s*/g;

/** Letters at the end of a line in which such a key is looked for. */
const MOST_OF_END = 400;

/** A key at the end of a line, whose colon may begin the next. */
const KEY_ALONE = /(?:"((?:[^"\\]|\\.){1,64})"|(?<![\w./:-])([\w./:-]{1,128})'?)\s*(?:#.*)?$/;

/** The value of such a key: what stands in quotes, and else all up to a comma or a bracket; a list or map is hidden with what is after it. */
const VALUE = new RegExp(
  String.raw`${PROPERTY}(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[{[].*|[^\s,{}[\]"'*|>#][^,}\]]*)`,
  'y',
);

/** What stands after the colon of a key whose value is on the lines that follow. */
const LATER = new RegExp(String.raw`^\s*${PROPERTY}(?:[!&][^\s]*)?[|>]?[-+0-9]*\s*(?:#.*)?$`);

/** Letters of a line that is looked into: the patterns above run out of memory at some millions. */
const LONGEST_LINE = 64 * 1024;

/** What every line has in it that begins or holds a secret. */
const WORD = /\w{3}/;

/** A quote that is opened and not closed. */
const OPEN_QUOTE = new RegExp(String.raw`^\s*${PROPERTY}(?:(")(?:[^"\\]|\\.)*\\?|(')(?:[^']|'')*)$`);

/** A line without secrets, and what of the lines after it belongs to one. */
interface MaskedLine {
  readonly text: string;
  /** How far lines are indented that go on with it, where its end does not end it. */
  readonly openBeyond?: number;
  /** Whether the value is still to come, wherever it stands. */
  readonly isAwaited?: boolean;
  /** The quote that ends it. */
  readonly quote?: string | undefined;
}

/** A line of a file with asterisks for what looks like a secret, and for values of fields that hold one; as long as before. */
export function maskLine(line: string): string {
  return maskValues(line).text;
}

function maskValues(written: string): MaskedLine {
  const line = maskSecrets(written).replace(ARGUMENT, maskAll);
  const [begin = '', before = '', , key = ''] = KEY.exec(line) ?? [];
  if (isSecretKey(keyName(key))) {
    const value = line.slice(begin.length);
    return {
      text: begin + maskAll(value),
      openBeyond: before.length,
      isAwaited: LATER.test(value),
      quote: openQuote(value),
    };
  }
  const out: string[] = [];
  let done = 0;
  let isOpen = false;
  let quote: string | undefined;
  FIELD.lastIndex = 0;
  for (let field = FIELD.exec(line); field !== null; field = FIELD.exec(line)) {
    const name = field[1] === undefined ? (field[2] ?? '') : keyName(`"${field[1]}"`);
    if (!isSecretKey(name)) continue;
    VALUE.lastIndex = FIELD.lastIndex;
    const [value = ''] = VALUE.exec(line) ?? [];
    out.push(line.slice(done, FIELD.lastIndex), maskAll(value));
    quote = openQuote(value);
    done = FIELD.lastIndex + value.length;
    FIELD.lastIndex = done;
    // A comment goes no further.
    isOpen = /^\s*(?:#|$)/.test(line.slice(done)) && !/^\s*#/.test(line);
    if (isOpen && value === '')
      return {
        text: out.join('') + maskAll(line.slice(done)),
        openBeyond: indentation(line),
        isAwaited: true,
      };
  }
  const text = out.join('') + line.slice(done);
  return isOpen ? { text, openBeyond: indentation(line), quote } : { text };
}

/** The name that is written as a key. */
function keyName(key: string): string {
  if (key.startsWith('"')) {
    try {
      return String(JSON.parse(key));
    } catch {
      // An escape that JSON has not: what is read of it may still be the name of a secret.
    }
  }
  return key.replace(/^["']|["']$/g, '');
}

function openQuote(value: string): string | undefined {
  const [, double, single] = OPEN_QUOTE.exec(value) ?? [];
  return double ?? single;
}

function indentation(line: string): number {
  return line.search(/\S|$/);
}

/**
 * The text of a file with asterisks for what looks like a secret, for values of fields that hold one, and for the ranges given; as long as
 * before, and with its line breaks. It need not be YAML.
 */
export function maskSource(text: string, secrets: readonly TextRange[] = []): string {
  if (text.startsWith('\ufeff')) return `\ufeff${maskSource(text.slice(1), secrets)}`;
  const lines = text.split('\n');
  const masked = maskOpen(lines);
  for (const { start, end } of secrets) {
    for (let number = start.line; number <= end.line; number++) {
      const line = masked[number - 1] ?? '';
      const from = number === start.line ? start.column - 1 : 0;
      const to = number === end.line ? end.column - 1 : line.length;
      masked[number - 1] = line.slice(0, from) + maskAll(line.slice(from, to)) + line.slice(to);
    }
  }
  return masked.join('\n');
}

/** The lines without secrets, also those of more than one line: what is indented below the name of one, and private keys. */
function maskOpen(lines: readonly string[]): string[] {
  let open: Omit<MaskedLine, 'text'> = {};
  let isKey = false;
  let isKeyAlone = false;
  return lines.map((line) => {
    if (/^(---|\.\.\.)(\s|$)/.test(line)) [open, isKey, isKeyAlone] = [{}, false, false];
    if (isKey) {
      isKey = !line.includes('-----END ');
      return maskAll(line);
    }
    const { openBeyond, isAwaited, quote } = open;
    if (quote !== undefined) {
      if (line.includes(quote)) open = { ...(openBeyond !== undefined && { openBeyond }) };
      return maskAll(line);
    }
    if (line.length > LONGEST_LINE) {
      // It may have begun a secret: what follows belongs to it up to the next document.
      open = { openBeyond: -1 };
      return '*'.repeat(line.length);
    }
    // A comment ends nothing.
    if (/^\s*(?:#|$)/.test(line) && (openBeyond !== undefined || isKeyAlone)) return maskAll(line);
    const indent = indentation(line);
    if (isAwaited === true || (isKeyAlone && /^\s*:/.test(line))) {
      isKeyAlone = false;
      const { text: _, ...own } = maskValues(line);
      // What is no key is the value, or what was meant to be one.
      const goesOn = !KEY.test(line) || indent > (openBeyond ?? indent);
      open = goesOn
        ? {
            openBeyond: Math.min(openBeyond ?? indent, indent - 1),
            quote: openQuote(line.replace(/^\s*:/, '')),
          }
        : own;
      return maskAll(line);
    }
    if (openBeyond !== undefined) {
      if (indent > openBeyond || (indent === openBeyond && /^\s*-\s/.test(line))) return maskAll(line);
    }
    if (!WORD.test(line)) {
      [open, isKeyAlone] = [{}, false];
      return line;
    }
    isKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY/.test(line) && !line.includes('-----END ');
    const { text, ...own } = maskValues(line);
    open = own;
    const [, quoted, plain = ''] = KEY_ALONE.exec(line.slice(-MOST_OF_END)) ?? [];
    isKeyAlone = isSecretKey(quoted === undefined ? plain : keyName(`"${quoted}"`)) && !/^\s*#/.test(line);
    return text;
  });
}

/** Asterisks for all letters but blank space: a line keeps its columns. */
export function maskAll(text: string): string {
  return text.replace(/\S+/g, (letters) => '*'.repeat(letters.length));
}
