// SPDX-License-Identifier: Apache-2.0

import type { CodeEntry } from './entry.ts';

export const GUARD_CODES = {
  RTP1301: {
    title: 'not a CEL expression',
    what: 'The text of an expression breaks the grammar of CEL.',
    why: 'A rule that does not parse checks nothing.',
    fix: 'Correct the expression at the position shown.',
    example:
      '# wrong\nexpression: object.spec.egress.all(e, e.mode ==)\n# right\nexpression: object.spec.egress.all(e, e.mode == "enforce")',
  },
  RTP1302: {
    title: 'an expression with a type error',
    what: 'An expression uses a field, variable or function that does not exist, passes a wrong type, or uses a form that the CEL engine is known to evaluate incorrectly.',
    why: 'Types are checked before anything runs, so that a rule does not fail when it is needed.',
    fix: 'Correct the name or the types. The fields are those of the kind; numbers are int, texts are string.',
    example:
      '# wrong\nexpression: object.spec.workloadID == 3\n# right\nexpression: object.spec.workloadID == "shop/web"',
  },
  RTP1303: {
    title: 'an expression with the wrong result type',
    what: 'The expression of a rule is not of type bool, or a message expression is not of type string.',
    why: 'A rule is satisfied or not.',
    fix: 'Compare, or use all() and exists(); in messages use string() and +.',
    example: '# wrong\nexpression: object.spec.egress\n# right\nexpression: size(object.spec.egress) > 0',
  },
  RTP1304: {
    title: 'an expression is too large',
    what: 'An expression is too long or nested too deeply, or its evaluation, alone or together with all others, may take too many steps for this policy.',
    why: 'The time of a check must be bounded, whatever the input. The steps are estimated from the sizes of lists and texts before anything runs, so the result is the same on every machine.',
    fix: 'Split the rule, or compute a part once under variables.',
    example: 'variables:\n  - { name: hosts, expression: policy.services.map(s, s.metadata.name) }',
  },
  RTP1305: {
    title: 'a guardrail refuses a document',
    what: 'The expression of a guardrail rule is not true for a document.',
    why: 'The rule is part of the policy; its message says what it requires.',
    fix: 'Change the document, or the rule if it no longer fits.',
    example: 'riptides explain RTP1305',
  },
  RTP1306: {
    title: 'a guardrail could not be evaluated',
    what: 'The evaluation of an expression failed for a document: a key does not exist, or a division is by zero.',
    why: 'A rule that cannot be evaluated is not satisfied.',
    fix: 'Test for a field or key before you use it: has(object.spec.scope), or "key" in map.',
    example:
      '# wrong\nexpression: object.metadata.labels.team != ""\n# right\nexpression: has(object.metadata.labels) && "team" in object.metadata.labels',
  },
  RTP1307: {
    title: 'not a regular expression',
    what: 'The pattern of matches() is not an RE2 regular expression.',
    why: 'CEL uses RE2, which has no look-around and no back-references, and therefore runs in linear time.',
    fix: 'Rewrite the pattern without them, or use startsWith, endsWith and contains.',
    example: '# wrong\nname.matches("^(?!test)")\n# right\n!name.startsWith("test")',
  },
  RTP1308: {
    title: 'a rule or variable is defined twice',
    what: 'Two rules of a guardrail have the same id, or two variables the same name.',
    why: 'Diagnostics name the rule by its id, and expressions refer to variables by name.',
    fix: 'Rename one of the two.',
    example: 'rules:\n  - id: has-uid\n  - id: has-egress',
  },
} as const satisfies Record<string, CodeEntry>;
