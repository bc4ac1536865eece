import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { type Ended, type RunOptions, prescale as spawned } from './spawn-prescale.ts';

const CHILD = fileURLToPath(new URL('./warm-child.mjs', import.meta.url));

let child: ChildProcess | undefined;
let last: Promise<unknown> = Promise.resolve();
afterAll(() => {
  child?.kill();
});

/**
 * Runs the built command in a process that has run others before, which saves half a second each; one after another. What reads standard
 * input gets a process of its own. As spawn-prescale.ts otherwise.
 */
export function prescale(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  if (options.stdin !== undefined) return spawned(args, options);
  const ended = last.then(() => ask(args, options));
  last = ended.catch(() => undefined);
  return ended;
}

function ask(args: readonly string[], { env = {}, cwd = process.cwd() }: RunOptions): Promise<Ended> {
  child ??= fork(CHILD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const own = child;
  return new Promise((resolve, reject) => {
    const stop = (code: number | null) => {
      if (child === own) child = undefined;
      reject(new Error(`prescale ${args.join(' ')} ended its process with ${code}`));
    };
    own.once('exit', stop);
    own.once('message', (ended) => {
      own.off('exit', stop);
      resolve(ended as Ended);
    });
    own.send({ args, env, cwd });
  });
}
