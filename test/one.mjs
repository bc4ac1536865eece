// npm run test:one -- FILE… [vitest's options]: test files of either configuration, chosen by their folder. With --inspect-brk they wait for
// a debugger before the first line (npm run test:debug).
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';

const given = process.argv.slice(2);
const paths = given.filter((one) => !one.startsWith('-')).map((one) => relative('.', one));
if (paths.length === 0) {
  console.error(
    'found no test file; expected one, such as npm run test:one -- models/registry.test.ts, or -- core/fft.test.ts -t "a title"',
  );
  process.exit(2);
}
const config = paths[0].startsWith('test/') ? ['--config', 'test/vitest.config.ts'] : [];
const isDebug = given.includes('--inspect-brk');
// Without an address, vitest would take the file's name for one.
const alone = isDebug ? ['--inspect-brk=127.0.0.1:9229', '--no-file-parallelism', '--test-timeout=0'] : [];
const others = given.filter((one) => one !== '--inspect-brk');
const { status } = spawnSync('npx', ['vitest', 'run', ...config, ...alone, ...others], { stdio: 'inherit' });
process.exitCode = status ?? 1;
