/** What this project uses of the WebAssembly JavaScript interface (w3.org/TR/wasm-js-api); the DOM library is not among its types. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, Memory>>>>);
    readonly exports: Readonly<Record<string, (...args: number[]) => unknown>>;
  }
}
