import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resample } from '../core/resample.ts';
import { MINUTE_SECONDS, medianStepSeconds, type Series } from '../core/series.ts';

/** A real load at its own step (a minute at least). */
export interface Trace {
  readonly name: string;
  readonly series: Series;
}

/** Every trace of the folder by name, or the reason why there is none. Our own files, so that a bad line is a bug and throws. */
export async function readTraces(folder: string): Promise<Trace[] | string> {
  const files = await readdir(folder).catch(() => undefined);
  if (!files) return `skipped: ${folder} is not there`;
  const traces: Trace[] = [];
  for (const file of files.filter((f) => f.endsWith('.csv')).sort()) {
    const lines = (await readFile(join(folder, file), 'utf8')).trim().split('\n').slice(1);
    const times = new Float64Array(lines.length);
    const values = new Float64Array(lines.length);
    for (const [i, line] of lines.entries()) {
      const comma = line.indexOf(',');
      times[i] = Number(line.slice(0, comma));
      values[i] = Number(line.slice(comma + 1));
      if (!(times[i]! > 0) || !(values[i]! >= 0))
        throw new Error(`${file}:${i + 2}: not a timestamp and a value: ${line}`);
    }
    const step = Math.max(MINUTE_SECONDS, medianStepSeconds(times) ?? MINUTE_SECONDS);
    traces.push({ name: file.slice(0, -'.csv'.length), series: resample({ times, values }, step) });
  }
  return traces.length > 0 ? traces : `skipped: no .csv in ${folder}`;
}
