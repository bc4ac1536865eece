// npm test [-- vitest's options]: lint, types and build side by side, then the fast suite on what was built (built-modules.ts). What fails
// before the suite ends it.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

// One checker: several check what they share several times. Go's collector runs seldom, as the process is short.
const env = {
  ...process.env,
  GOGC: '400',
  PRESCALE_BUILT: 'true',
  PATH: `node_modules/.bin${delimiter}${process.env.PATH}`,
};

/** One after another, while none fails. @returns whether all went well */
async function inTurn(...commands) {
  for (const [command, ...args] of commands) {
    const child = spawn(command, args, { stdio: 'inherit', env });
    const code = await new Promise((resolve) => {
      child.on('error', ({ message }) => {
        console.error(`${command}: ${message}; npm ci installs it`);
        resolve(1);
      });
      child.on('close', resolve);
    });
    if (code !== 0) return false;
  }
  return true;
}

const checks = await Promise.all([
  inTurn(['tsc', '-p', 'tsconfig.json', '--checkers', '1']),
  // The first checks the types of what is built, too.
  inTurn(
    ['tsc', '-p', 'tsconfig.build.json', '--noCheck'],
    ['node', 'console/build.mjs'],
    ['biome', 'check', '.'],
    ['tsc', '-p', 'console/page/tsconfig.json', '--checkers', '1'],
  ),
]);
const passed = checks.every(Boolean) && (await inTurn(['vitest', 'run', ...process.argv.slice(2)]));
process.exitCode = passed ? 0 : 1;
