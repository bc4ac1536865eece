// npm test [-- vitest's options]: lint, types and build side by side, then the fast suite on what was built (built-modules.ts). What fails
// before the suite ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// Go's collector takes a third of the compiler's time, and these processes are short.
const env = { ...process.env, GOGC: '400', PRESCALE_BUILT: 'true' };

/** @returns whether it went well */
async function went(command, ...args) {
  const [code] = await once(spawn(command, args, { stdio: 'inherit', env }), 'close');
  return code === 0;
}
const script = (name) => went('npm', 'run', '--silent', name);

// Types are checked once, by one checker: several would check several times what they share, and the build checks none.
const checks = await Promise.all([script('typecheck'), script('build').then((built) => built && script('lint'))]);
const passed = checks.every(Boolean) && (await went('vitest', 'run', ...process.argv.slice(2)));
process.exitCode = passed ? 0 : 1;
