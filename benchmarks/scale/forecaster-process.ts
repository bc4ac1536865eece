import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

const START_SECONDS = 60;
/** As the chart has it for a forecaster, in an image that says the rest. */
const HEAP_MB = 256;

/** What the thread that fits did since its process began; cpuSeconds is NaN where /proc doesn't tell. */
export interface FitSums {
  readonly fits: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** `prescale forecaster` as it is shipped, in a process of its own. */
export class ForecasterProcess {
  private readonly folder = mkdtempSync(join(tmpdir(), 'prescale-scale-forecaster-'));
  private readonly child: ChildProcess;
  private errors = '';

  /** @param macKey undefined: values have no MACs. @returns when it takes jobs */
  static async start(redisUrl: string, name: string, macKey: string | undefined): Promise<ForecasterProcess> {
    const forecaster = new ForecasterProcess(redisUrl, name, macKey);
    const until = Date.now() + START_SECONDS * 1000;
    try {
      while (!(await forecaster.isReady())) {
        if (forecaster.hasEnded || Date.now() > until) throw new Error(`${name} did not start: ${forecaster.errors}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } catch (error) {
      await forecaster.stop();
      throw error;
    }
    return forecaster;
  }

  private constructor(redisUrl: string, name: string, macKey: string | undefined) {
    const config = join(this.folder, 'config.yaml');
    const macKeyFile = join(this.folder, 'mac-key');
    if (macKey !== undefined) writeFileSync(macKeyFile, macKey);
    const redis = { url: redisUrl, ...(macKey === undefined ? {} : { macKeyFile }) };
    writeFileSync(config, stringify({ redis, http: { listen: '127.0.0.1:0', probeListen: '127.0.0.1:0' } }));
    const main = new URL('../../cli/main.js', import.meta.url).pathname;
    const clock = new URL('./fit-clock.js', import.meta.url).href;
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      MALLOC_ARENA_MAX: '2',
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB} --max-semi-space-size=8 --import=${clock}`,
      POD_NAME: name,
      FIT_CLOCK_FILE: this.clockFile,
    };
    const args = [main, 'forecaster', '--config', config];
    this.child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr!.on('data', (piece) => {
      this.errors = (this.errors + piece).slice(-4_000);
    });
  }

  get fits(): FitSums {
    if (!existsSync(this.clockFile)) return { fits: 0, seconds: 0, cpuSeconds: 0 };
    return JSON.parse(readFileSync(this.clockFile, 'utf8'), (_, value) => value ?? Number.NaN) as FitSums;
  }

  /** CPU of all its threads so far; NaN where /proc doesn't tell. Source: proc_pid_stat(5), fields 14 and 15, of 10 ms. */
  get cpuSeconds(): number {
    try {
      const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return Number.NaN;
    }
  }

  /** The most that it had resident so far, bytes; NaN where /proc doesn't tell. */
  get mostResidentBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    } catch {
      return Number.NaN;
    }
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
      this.child.kill('SIGTERM');
      const forced = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(forced);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get clockFile(): string {
    return join(this.folder, 'fits.json');
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async isReady(): Promise<boolean> {
    const url = /"listen":"([^"]+)"/.exec(this.errors)?.[1];
    if (url === undefined) return false;
    const answer = await fetch(`http://${url}/readyz`).catch(() => undefined);
    return answer?.ok === true;
  }
}
