import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const biome = fileURLToPath(new URL('../node_modules/@biomejs/biome/bin/biome', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));

/** Files as the repository's formatter has them, so that what is generated anew differs only where its content does. */
export function formatFiles(paths) {
  execFileSync(process.execPath, [biome, 'format', '--write', ...paths], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
