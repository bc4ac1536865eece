// Runs commands one after another in one process (see warm-prescale.ts): a message asks, a message answers.
import { execute } from '../dist/cli/execute.js';

const own = { ...process.env };
let written;
for (const name of ['stdout', 'stderr']) {
  process[name].write = (piece, encoding, done) => {
    written[name] += piece;
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
}

process.on('message', async ({ args, env, cwd }) => {
  written = { stdout: '', stderr: '' };
  for (const key of Object.keys(process.env)) delete process.env[key];
  Object.assign(process.env, own, { FORCE_COLOR: '' }, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  const code = (await execute(['node', 'prescale', ...args])) ?? process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ code, ...written });
});
