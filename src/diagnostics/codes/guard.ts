// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const GUARD_CODES = {
  RTP1301: {
    title: 'not a CEL expression',
    what: 'The text of an expression breaks the grammar of CEL.',
    why: 'A rule that cannot be read cannot guard anything.',
    fix: 'Correct the place shown.',
    example:
      '# wrong\nexpression: object.spec.egress.all(e, e.mode ==)\n# right\nexpression: object.spec.egress.all(e, e.mode == "enforce")',
  },
  RTP1302: {
    title: 'an expression with a type error',
    what: 'An expression uses a field, variable or function that does not exist, gives one the wrong type, or asks what the CEL engine is known to answer wrongly.',
    why: 'Types are checked before anything runs, so that a rule does not fail on the day when it is needed.',
    fix: 'Correct the name or the types. Fields are those of the kind; numbers are int, texts are string.',
    example:
      '# wrong\nexpression: object.spec.workloadID == 3\n# right\nexpression: object.spec.workloadID == "shop/web"',
  },
  RTP1303: {
    title: 'an expression of the wrong result',
    what: 'The expression of a rule does not give true or false, or a message expression does not give text.',
    why: 'A rule says yes or no.',
    fix: 'Compare, or use all() and exists(); in messages use string() and +.',
    example: '# wrong\nexpression: object.spec.egress\n# right\nexpression: size(object.spec.egress) > 0',
  },
  RTP1304: {
    title: 'an expression is too large',
    what: 'An expression is too long, nested too deeply, or may take too many steps for the policy that it is run over; or all guardrails together may.',
    why: 'A check must end soon, whatever it is given. The steps are counted from the sizes of the lists and texts before anything runs, so the answer is the same on every machine.',
    fix: 'Split the rule into several, or compute a part once under variables.',
    example: 'variables:\n  - { name: hosts, expression: policy.services.map(s, s.metadata.name) }',
  },
  RTP1305: {
    title: 'a guardrail refuses a document',
    what: 'The expression of a guardrail rule is not true for a document.',
    why: 'The people who look after the policy wrote the rule; its message says what they want.',
    fix: 'Change the document, or the rule if it no longer fits.',
    example: 'riptides explain RTP1305',
  },
  RTP1306: {
    title: 'a guardrail could not be evaluated',
    what: 'An expression failed while it was run over a document: it used a key that is not there, divided by zero, or took too long.',
    why: 'A rule that could not say yes has not said yes; the policy is refused.',
    fix: 'Ask for a key before you use it: has(object.spec.scope), or "key" in map.',
    example:
      '# wrong\nexpression: object.metadata.labels.team != ""\n# right\nexpression: has(object.metadata.labels) && "team" in object.metadata.labels',
  },
  RTP1307: {
    title: 'not a regular expression',
    what: 'The pattern of matches() is not an RE2 regular expression.',
    why: 'CEL uses RE2, which has no look-around and no back-references, and therefore always ends soon.',
    fix: 'Rewrite the pattern without them, or use startsWith, endsWith and contains.',
    example: '# wrong\nname.matches("^(?!test)")\n# right\n!name.startsWith("test")',
  },
  RTP1308: {
    title: 'a rule or variable is defined twice',
    what: 'Two rules of a guardrail have the same id, or two variables the same name.',
    why: 'Findings are told apart by the id, and expressions refer to variables by name.',
    fix: 'Rename one of the two.',
    example: 'rules:\n  - id: has-uid\n  - id: has-egress',
  },
} as const satisfies Record<string, CodeEntry>;
