// npm test [-- vitest's options]: lint, types and build side by side, then the fast suite on what was built (built-modules.ts). What fails
// before the suite ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// Go's collector takes a third of the compiler's time, and these processes are short.
const env = { ...process.env, GOGC: '400', PRESCALE_BUILT: 'true' };

/** One after another, while none fails. @returns whether all went well */
async function inTurn(...commands) {
  for (const [command, ...args] of commands) {
    const [code] = await once(spawn(command, args, { stdio: 'inherit', env }), 'close');
    if (code !== 0) return false;
  }
  return true;
}

const checks = await Promise.all([
  // Several checkers would check several times what they share.
  inTurn(['tsc', '-p', 'tsconfig.json', '--checkers', '1']),
  // The types of what is built are among those of the first.
  inTurn(
    ['tsc', '-p', 'tsconfig.build.json', '--noCheck'],
    ['node', 'console/build.mjs'],
    ['biome', 'check', '.'],
    ['tsc', '-p', 'console/page/tsconfig.json', '--checkers', '1'],
  ),
]);
const passed = checks.every(Boolean) && (await inTurn(['vitest', 'run', ...process.argv.slice(2)]));
process.exitCode = passed ? 0 : 1;
