// npm run dense-kernel: writes dense-wasm.ts from dense.wat.
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const here = (name) => new URL(name, import.meta.url);

/** The module's bytes. */
export async function assembled() {
  const text = await readFile(here('dense.wat'), 'utf8');
  const { parseWat } = await wabt();
  return parseWat('dense.wat', text, { simd: true }).toBinary({}).buffer;
}

if (process.argv[1] === here('dense-kernel.mjs').pathname) {
  const base64 = Buffer.from(await assembled()).toString('base64');
  const text = `/** dense.wat, assembled: npm run dense-kernel. */\nexport const DENSE_WASM =\n  '${base64}';\n`;
  await writeFile(here('dense-wasm.ts'), text);
}
