import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built command, as it is installed. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** How a run ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs the built command without a terminal. @throws where it was not built */
export function prescale(args: readonly string[], { stdin = '', env = {}, cwd }: RunOptions = {}): Promise<Ended> {
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: npm run build makes it');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, FORCE_COLOR: '', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (piece) => {
      stdout += piece;
    });
    child.stderr.on('data', (piece) => {
      stderr += piece;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A command that refuses its options never reads its input.
    child.stdin.on('error', () => undefined).end(stdin);
  });
}
