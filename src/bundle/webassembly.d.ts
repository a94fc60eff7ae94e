// SPDX-License-Identifier: Apache-2.0
// The part of WebAssembly's interface that core.ts uses. TypeScript has it among the types of browsers only.

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  interface Memory {
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB; earlier buffers are then detached. */
    grow(pages: number): number;
  }
}
