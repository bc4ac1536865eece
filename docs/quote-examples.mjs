/**
 * Puts the examples of docs/extending/ into docs/extending.md, each between `<!-- example FILE: begin -->` and `<!-- example FILE: end -->`:
 * `node docs/quote-examples.mjs`. With --print it writes the page to standard output instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const page = `${folder}extending.md`;
const BLOCK = /(<!-- example (\S+): begin -->\n)[\s\S]*?(<!-- example \2: end -->)/g;

const text = readFileSync(page, 'utf8').replace(
  BLOCK,
  (_, begin, file, end) => `${begin}\n\`\`\`ts\n${readFileSync(`${folder}extending/${file}`, 'utf8')}\`\`\`\n\n${end}`,
);
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(page, text);
