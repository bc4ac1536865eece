import type { AddonConfig } from '../../../addon/config/config.ts';
import { addonConfig, requireRedis } from '../../../addon/config/config.ts';
import { durationWords } from '../../../addon/status/quantity-text.ts';
import { InputError, WorldError } from '../../../core/errors.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { connectRedis } from '../../../redis/connection.io.ts';
import { readMacKey } from '../../../redis/credentials.io.ts';
import { redisWords } from '../../../redis/error-text.ts';
import { lookAtRedis } from '../../../redis/health.io.ts';
import { type DetailedJob, type JobView, listJobs, viewJob } from '../../../redis/queue/job-view.io.ts';
import { BullRefitQueue, type JobCounts } from '../../../redis/queue/refit-queue.io.ts';
import { ValueMac } from '../../../redis/value-mac.ts';
import { SILENT } from '../../../telemetry/log/log.ts';
import type { OutputForm } from '../../options/output-option.ts';
import { epochSeconds, monotonic, quietLibraries, readConfig } from '../../process.ts';
import { fitLines } from '../../terminal/fit-lines.ts';
import { writeData, writeNote } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { tableRows, textTable } from '../../terminal/text-table.ts';
import { writeForm } from '../../terminal/write-form.ts';

/** Where the queue is, as typed. */
export interface JobsFlags {
  readonly config?: string;
  readonly redis?: string;
  readonly redisPasswordFile?: string;
  readonly redisPrefix?: string;
  readonly output: OutputForm;
}

export interface ListFlags extends JobsFlags {
  readonly failed?: boolean;
  readonly waiting?: boolean;
  readonly limit?: string;
}

export interface RetryFlags extends JobsFlags {
  readonly all?: boolean;
}

type Queue = BullRefitQueue<unknown>;

const FEW = 50;
const MOST = 100_000;
/** Of what a job is asked, in text. */
const ASKED_CHARACTERS = 600;

/** `prescale jobs`: how many refits wait, run and failed; or which. */
export async function runJobs(flags: ListFlags): Promise<void> {
  const { output } = flags;
  if (flags.failed && flags.waiting) throw new InputError('--failed conflicts with --waiting: give one of the two');
  const kind = flags.failed ? 'failed' : flags.waiting ? 'waiting' : undefined;
  const most = limitOf(flags.limit, output !== 'table');
  await withQueue(flags, async (queue) => {
    const counts = await queue.counts();
    const jobs = kind && (await listJobs(queue, kind, most));
    if (output !== 'table') return writeForm(output, { schemaVersion: 1, counts, ...(jobs && { jobs }) });
    const columns = outColumns();
    const lines = jobs ? jobLines(kind!, jobs, counts, columns) : countLines(counts, columns);
    await writeData([`${fitLines(lines, columns).join('\n')}\n`]);
  });
}

/** `prescale jobs retry`: queues failed jobs again. */
export async function runJobsRetry(id: string | undefined, flags: RetryFlags): Promise<void> {
  const { output } = flags;
  if ((id === undefined) !== (flags.all === true)) {
    throw new InputError('jobs retry: expected the id of a job, or --all (prescale jobs --failed lists them)');
  }
  await withQueue(flags, async (queue) => {
    const ids = id === undefined ? (await queue.failed()).map((job) => job.id) : [id];
    const retried: string[] = [];
    for (const each of ids) if (await queue.retry(each)) retried.push(each);
    if (id !== undefined && retried.length === 0) throw await notFailed(queue, id);
    if (output !== 'table') return writeForm(output, { schemaVersion: 1, retried });
    await writeData([`queued again: ${retried.length === 1 ? plainText(retried[0]!) : `${retried.length} jobs`}\n`]);
  });
}

/** `prescale jobs show`: one job and what it is asked. */
export async function runJobsShow(id: string, flags: JobsFlags): Promise<void> {
  const { output } = flags;
  await withQueue(flags, async (queue) => {
    const job = await viewJob(queue, id);
    if (!job) throw noJob(id);
    if (output !== 'table') return writeForm(output, { schemaVersion: 1, ...job });
    const columns = outColumns();
    await writeData([`${fitLines(detailLines(job, columns), columns).join('\n')}\n`]);
  });
}

async function notFailed(queue: Queue, id: string): Promise<InputError> {
  const job = await viewJob(queue, id);
  if (!job) return noJob(id);
  const is = job.state === 'scheduled' ? '' : 'it is ';
  return new InputError(`the job ${JSON.stringify(id)} has not failed: ${is}${stateWords(job)}`);
}

function noJob(id: string): InputError {
  return new InputError(
    `there is no job ${JSON.stringify(id)} (prescale jobs --waiting and --failed list them): what was done is not kept`,
  );
}

async function withQueue(flags: JobsFlags, work: (queue: Queue) => Promise<void>): Promise<void> {
  const { redis, forecaster } = settingsOf(flags);
  const mac = new ValueMac(readMacKey(redis));
  const connection = connectRedis(redis, { log: SILENT, random: Math.random, name: 'prescale-jobs' });
  try {
    quietLibraries(() => {});
    await connection.opened;
    const { problems } = await lookAtRedis(connection.client, redis.keyPrefix, monotonic);
    for (const problem of problems) writeNote(`prescale: ${problem}`);
    const { attempts, backoffSeconds } = forecaster;
    const { client } = connection;
    const queue = new BullRefitQueue<unknown>(
      { client, keyPrefix: redis.keyPrefix, attempts, backoffSeconds, mac, onlyLooks: true },
      // Whatever matters fails a command as well.
      () => {},
    );
    await work(queue);
    await queue.close();
  } catch (error) {
    if (error instanceof InputError || error instanceof WorldError) throw error;
    throw new WorldError(redisWords(error, connection.address), { cause: error });
  } finally {
    connection.close();
  }
}

function settingsOf({ config, redis, redisPasswordFile, redisPrefix }: JobsFlags): AddonConfig {
  if (config !== undefined) {
    if ([redis, redisPasswordFile, redisPrefix].some((flag) => flag !== undefined)) {
      throw new InputError(
        '--config conflicts with --redis, --redis-password-file and --redis-prefix: it has them all',
      );
    }
    const found = readConfig(config);
    requireRedis(found, config);
    return found;
  }
  if (redis === undefined || redis === '') {
    throw new InputError('expected --config <file> of the addon, or --redis <url> such as redis://127.0.0.1:6379');
  }
  const passwordFile = redisPasswordFile === undefined ? {} : { passwordFile: redisPasswordFile };
  const keyPrefix = redisPrefix === undefined ? {} : { keyPrefix: redisPrefix };
  return addonConfig({ redis: { url: redis, ...passwordFile, ...keyPrefix } }, '--redis');
}

function limitOf(text: string | undefined, json: boolean): number {
  if (text === undefined) return json ? MOST : FEW;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit >= 1 && limit <= MOST)) {
    throw new InputError(`--limit: found ${JSON.stringify(text)}; expected a whole number from 1 to ${MOST}`);
  }
  return limit;
}

function scheduleWords({ everySeconds, nextSeconds }: NonNullable<DetailedJob['schedule']>): string {
  const left = nextSeconds - epochSeconds();
  return `every ${durationWords(everySeconds)}, next ${left > 0 ? `in ${durationWords(left)}` : 'now'}`;
}

/** The summary as lines. @param columns of the terminal */
export function countLines(
  { waiting, running, backingOff, failed, repeating, oldestSeconds }: JobCounts,
  columns?: number,
): string[] {
  const busy = waiting + running + backingOff > 0;
  const lines = textTable(
    [
      ['WAITING', 'RUNNING', 'BACKING OFF', 'FAILED', 'REPEATING', 'OLDEST'],
      [waiting, running, backingOff, failed, repeating].map(String).concat(busy ? durationWords(oldestSeconds) : '-'),
    ],
    [],
    columns,
  );
  if (failed === 0) return lines;
  return [...lines, '', `${failed} failed: prescale jobs --failed says why, prescale jobs retry queues again.`];
}

/** The jobs of one kind as lines; a sentence where there is none. */
export function jobLines(
  kind: 'failed' | 'waiting',
  jobs: readonly JobView[],
  counts: JobCounts,
  columns?: number,
): string[] {
  if (jobs.length === 0) return [kind === 'failed' ? 'No job has failed.' : 'No job waits or runs.'];
  const now = epochSeconds();
  const rows = jobs.map((job) => {
    const ago = `${durationWords(now - job.sinceSeconds)} ago`;
    const error = job.error ?? '';
    const { id } = job;
    if (kind === 'failed') return [id, String(job.attempts), ago, error];
    return [id, job.state, String(job.priority), String(job.attempts), ago, error];
  });
  const header =
    kind === 'failed'
      ? ['ID', 'ATTEMPTS', 'FAILED', 'ERROR']
      : ['ID', 'STATE', 'PRIORITY', 'ATTEMPTS', 'SUBMITTED', 'LAST ERROR'];
  const all = kind === 'failed' ? counts.failed : counts.waiting + counts.running + counts.backingOff;
  const more = all > jobs.length ? ['', `${all - jobs.length} more: --limit ${all} shows all`] : [];
  return [...textTable([header, ...rows], [], columns), ...more];
}

function detailLines(job: DetailedJob, columns: number | undefined): string[] {
  const asked = job.asked === undefined ? 'nothing any more: it was cancelled' : JSON.stringify(job.asked);
  const rest = asked.length - ASKED_CHARACTERS;
  const shown = rest > 0 ? `${asked.slice(0, ASKED_CHARACTERS)}... (${rest} more: -o json shows all)` : asked;
  const rows = [
    ['id', job.id],
    ['state', stateWords(job)],
    ['priority', `${job.priority} (lower runs first)`],
    ['attempts', `${job.attempts} ended`],
    ...(job.error === undefined ? [] : [['last error', job.error]]),
    ...(job.schedule === undefined || job.state === 'scheduled' ? [] : [['comes again', scheduleWords(job.schedule)]]),
    ['asked', shown],
  ];
  const stack = job.stack.flatMap((text) => text.split('\n')).map((line) => `  ${plainText(line)}`);
  const table = tableRows(rows, { columns, headless: true }).flat();
  return [...table, ...(stack.length > 0 ? ['stack', ...stack] : [])];
}

function stateWords({ state, sinceSeconds, schedule }: JobView & Pick<DetailedJob, 'schedule'>): string {
  if (state === 'scheduled') return `nothing is to be done now, it comes again ${scheduleWords(schedule!)}`;
  const ago = `${durationWords(epochSeconds() - sinceSeconds)} ago`;
  switch (state) {
    case 'failed':
      return `failed ${ago}`;
    case 'backing-off':
      return `waiting for its next attempt, submitted ${ago}`;
    default:
      return `${state}, submitted ${ago}`;
  }
}
