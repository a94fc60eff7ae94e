// SPDX-License-Identifier: Apache-2.0
// Help pages with the examples where people look first: on top.

import { CommandHelp, Help } from '@oclif/core';

class ExamplesFirst extends CommandHelp {
  protected override sections(): ReturnType<CommandHelp['sections']> {
    const sections = super.sections();
    const isExample = (section: { header: string }) => section.header === 'EXAMPLES';
    return [...sections.filter(isExample), ...sections.filter((section) => !isExample(section))];
  }
}

export default class RiptidesHelp extends Help {
  protected override CommandHelpClass = ExamplesFirst;
}
