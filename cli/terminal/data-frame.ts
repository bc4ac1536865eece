import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type TraceFeature, traceFeatures } from '../../collector/trace/profile/features.ts';
import { InputError, messageOf, WorldError } from '../../core/errors.ts';
import { resample } from '../../core/resample.ts';
import { DAY_SECONDS, MINUTE_SECONDS, type Samples } from '../../core/series.ts';
import { detectPeriods } from '../../forecaster/period/period.ts';

/** What of danfojs-node is used; it is optional, and loaded only for this. */
type Danfo = typeof import('danfojs-node');
type Frame = InstanceType<Danfo['DataFrame']>;

/** Seasons are looked for in the newest part: a history of years of minutes takes a gigabyte. */
const MOST_SEASON_SECONDS = 400 * DAY_SECONDS;

/** By the file's ending. danfojs takes a path and nothing else, and wants the ending there. */
const WRITERS: Readonly<Record<string, (danfo: Danfo, frame: Frame, filePath: string) => void>> = {
  '.csv': (danfo, frame, filePath) => void danfo.toCSV(frame, { filePath }),
  '.json': (danfo, frame, filePath) => void danfo.toJSON(frame, { filePath, format: 'column' }),
  '.xlsx': (danfo, frame, filePath) => void danfo.toExcel(frame, { filePath, sheetName: 'features' }),
};

/**
 * Refuses what can't be written before any work.
 * @throws InputError where the ending is none of .csv, .json and .xlsx, or the folder is not there
 */
export function checkFrameFile(file: string): void {
  if (!WRITERS[extname(file)]) {
    throw new InputError(`--frame: found "${file}"; expected a file that ends in ${Object.keys(WRITERS).join(', ')}`);
  }
  if (!existsSync(dirname(file))) throw new InputError(`--frame: the folder ${dirname(file)} is not there`);
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new InputError(`--frame: ${file} is a folder; expected a file`);
  }
}

/**
 * Writes a trace's features as a table (collector/trace/profile/features.ts), whole or not at all.
 * @returns its rows
 * @throws WorldError where danfojs-node is not installed or the file can't be written
 */
export async function writeFrame(
  file: string,
  samples: Samples,
  load: () => Promise<Danfo> = () => import('danfojs-node'),
): Promise<number> {
  const danfo = await load().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new WorldError(
      '--frame needs danfojs-node, which is not installed (in a checkout: npm ci, without --omit=dev; elsewhere: docs/inspect-frame.md)',
      { cause: error },
    );
  });
  const { periods } = detectPeriods(resample(newest(samples), MINUTE_SECONDS));
  const rows: TraceFeature[] = traceFeatures(samples, periods);
  const draft = join(dirname(file), `.${randomUUID().slice(0, 8)}.${basename(file)}`);
  try {
    WRITERS[extname(file)]!(danfo, new danfo.DataFrame(rows), draft);
    await rename(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new WorldError(`--frame: ${file} can't be written: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
  return rows.length;
}

function newest({ times, values }: Samples): Samples {
  const from = times.findIndex((time) => time > times.at(-1)! - MOST_SEASON_SECONDS);
  return { times: times.subarray(from), values: values.subarray(from) };
}
