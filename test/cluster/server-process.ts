import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { missing } from './binaries.ts';

/** Kills what is left and removes the folder, as soon as this process is gone: also after kill -9. */
export interface Watchdog {
  /** The process to kill at the end, if it then still runs something that names the folder. */
  guard(pid: number): void;
  /** Does it now. */
  finish(): Promise<void>;
}

/*
 * Reads process ids until its standard input ends, which the kernel sees to however our process ends. A process id may
 * belong to another by then, so only one whose command line names our folder is killed (Linux: /proc).
 */
const WATCHDOG = `
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do
  if grep -aqF -- "$1" "/proc/$pid/cmdline" 2>/dev/null; then kill -KILL "$pid" 2>/dev/null; fi
done
rm -rf "$1" 2>/dev/null || { sleep 0.5; rm -rf "$1"; }
`;

export function startWatchdog(folder: string): Watchdog {
  const child = spawn('sh', ['-c', WATCHDOG, 'watchdog', folder], {
    // A session of its own: Ctrl-C in the terminal is not for it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin!.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    guard: (pid) => child.stdin!.write(`${pid}\n`),
    finish: () => {
      child.stdin!.end();
      return ended;
    },
  };
}

export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How long SIGTERM has before SIGKILL (default 15). */
  readonly stopSeconds?: number;
  /** Answers whether the server does its work; asked again and again after each start. */
  readonly ready: () => Promise<boolean>;
  /** As a kubelet: what ended without stop() is started again, after a second. */
  readonly restarts?: boolean;
}

/** A program that can be stopped, killed and started again on the same ports and data. */
export interface ServerProcess {
  readonly name: string;
  /** undefined while it does not run. */
  readonly pid: number | undefined;
  /** How often it was started again because it had ended without stop(). */
  readonly ends: number;
  /** Returns when it is ready. One that is started again by itself may run already. @throws with the log's tail where it ends first or takes longer than a minute */
  start(): Promise<void>;
  /** Returns when the process is gone. SIGTERM turns into SIGKILL after `stopSeconds`. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  restart(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  log(): string;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_SECONDS = 15;

const RESTART_MS = 1_000;

export function serverProcess(spec: ServerSpec, watchdog: Watchdog): ServerProcess {
  let child: ChildProcess | undefined;
  let wanted = false;
  let ends = 0;
  const running = () =>
    child !== undefined && child.exitCode === null && child.signalCode === null ? child : undefined;
  const log = () => (existsSync(spec.logFile) ? readFileSync(spec.logFile, 'utf8') : '');
  const stop = (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    wanted = false;
    return stopProcess(running(), signal, spec.stopSeconds ?? STOP_SECONDS);
  };
  let failed: Error | undefined;
  const launch = () => {
    const started = spawnLogged(spec);
    child = started;
    failed = undefined;
    if (started.pid !== undefined) watchdog.guard(started.pid);
    started.on('error', (error) => {
      failed = new Error(missing(spec.command), { cause: error });
    });
    started.on('exit', () => {
      if (!spec.restarts || !wanted) return;
      setTimeout(() => {
        if (!wanted || running()) return;
        ends++;
        launch();
      }, RESTART_MS);
    });
  };

  const start = async () => {
    if (!running()) launch();
    else if (!spec.restarts) throw new Error(`${spec.name} runs already`);
    wanted = true;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await spec.ready().catch(() => false))) {
      if (failed) throw failed;
      const ended = running() === undefined;
      if (ended || Date.now() > deadline) {
        await stop('SIGKILL');
        throw new Error(
          `${spec.name} ${ended ? 'ended' : 'was not ready in 60 s'}; the end of its log:\n${tail(log())}`,
        );
      }
      await pause(50);
    }
  };

  return {
    name: spec.name,
    get pid() {
      return running()?.pid;
    },
    get ends() {
      return ends;
    },
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    kill: (signal) => {
      running()?.kill(signal);
    },
    log,
  };
}

function spawnLogged({ command, args, logFile, env }: ServerSpec): ChildProcess {
  const output = openSync(logFile, 'a');
  try {
    return spawn(command, args, {
      detached: true,
      stdio: ['ignore', output, output],
      ...(env === undefined ? {} : { env }),
    });
  } finally {
    closeSync(output);
  }
}

async function stopProcess(child: ChildProcess | undefined, signal: NodeJS.Signals, seconds: number): Promise<void> {
  if (child?.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const forced = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await ended;
  clearTimeout(forced);
}

/** The last lines of a log. */
export function tail(log: string, lines = 20): string {
  return log.trimEnd().split('\n').slice(-lines).join('\n');
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
