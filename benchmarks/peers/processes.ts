import { spawn } from 'node:child_process';

/** How a process ended, and the whole lines that it printed. */
export interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** The last of what it wrote to standard error. */
  readonly complaint: string;
  readonly outOfTime: boolean;
}

const COMPLAINT_CHARACTERS = 2_000;

/** Runs a command to its end, or ends it after `mostSeconds`. @throws where it can't be started */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: { readonly mostSeconds: number; readonly onLine?: (line: string) => void },
): Promise<Ended> {
  // One thread each, so that two methods at once don't share cores.
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const lines: string[] = [];
  let open = '';
  let complaint = '';
  let outOfTime = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (open + text).split('\n');
    open = parts.pop()!;
    lines.push(...parts);
    for (const line of parts) options.onLine?.(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS);
  });
  const timer = setTimeout(() => {
    outOfTime = true;
    child.kill('SIGKILL');
  }, options.mostSeconds * 1_000);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    return { code, lines, complaint: complaint.trim(), outOfTime };
  } finally {
    clearTimeout(timer);
  }
}
