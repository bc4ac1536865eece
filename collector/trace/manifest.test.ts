import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../core/errors.ts';
import type { Samples } from '../../core/series.ts';
import { movementOf } from './profile/counter.ts';
import { readTrace } from './read-trace.io.ts';
import type { ReadingOptions } from './reading-options.ts';

/** Files as tools write them, kept outside of the project; its MANIFEST says what is right for each. */
const FOLDER = '../shared/inputs';
const isThere = existsSync(FOLDER);
const START = Date.UTC(2026, 4, 11) / 1000;

const good = async () => (await readTrace(`${FOLDER}/37_good.csv.gz`)).samples;

const outcome = async (file: string, options: ReadingOptions = {}) => {
  try {
    const { samples, findings } = await readTrace(`${FOLDER}/${file}`, options);
    return { samples, assumed: findings.map(({ values }) => ('assumed' in values ? values.assumed : '')) };
  } catch (error) {
    if (error instanceof InputError) return error.message.replace(`${FOLDER}/`, '');
    throw error;
  }
};

/** How far two series are apart at most: in seconds, and as a share of the value. */
function apart(a: Samples, b: Samples): { seconds: number; share: number } {
  expect(a.times.length).toBe(b.times.length);
  let [seconds, share] = [0, 0];
  for (let i = 0; i < a.times.length; i++) {
    seconds = Math.max(seconds, Math.abs(a.times[i]! - b.times[i]!));
    share = Math.max(share, Math.abs(a.values[i]! - b.values[i]!) / b.values[i]!);
  }
  return { seconds, share };
}

const READ: readonly [file: string, assumed: readonly string[], options?: ReadingOptions][] = [
  ['01_grafana_unformatted.csv', ['format']],
  ['04_grafana_multi.csv', ['format', 'summed'], { sum: true }],
  ['05_grafana6_series_rows.csv', ['format']],
  ['05_grafana6_series_rows.csv', ['format'], { series: 'shop' }],
  ['07_prom_api.json', ['format']],
  ['08_promtool_range.json', ['format']],
  ['09_promtool_range.txt', ['format']],
  ['10_cw_getmetricstatistics.json', ['format', 'sum-per-period', 'sorted']],
  ['12_cw_console.csv', ['format', 'sum-per-period', 'zone']],
  ['13_cw_getmetricdata_desc.csv', ['sorted']],
  ['14_datadog.csv', ['format']],
  ['15_azure_loganalytics.csv', ['format', 'date-order']],
  ['22_excel_de.csv', ['date-order', 'decimal', 'zone']],
  ['23_excel_us.csv', ['date-order', 'zone']],
  ['27_iso_nozone.csv', ['zone']],
  ['28_epoch_us.csv', ['time-unit']],
  ['31_time_value.csv', []],
  ['32_Timestamp_Value.csv', []],
  ['35_index_col.csv', []],
  ['37_good.csv.gz', []],
  ['43_tab.tsv', []],
  ['44_utf16.csv', []],
  ['46_influx.csv', ['format']],
  ['56_semicolon_only.csv', []],
  ['60_excel_serial.csv', ['time-unit', 'zone']],
];

describe.skipIf(!isThere)(`the files of the manifest ${isThere ? '' : `(skipped: there is no ${FOLDER})`}`, () => {
  it.each(READ)('%s is read as it is, and says what it assumed', async (file, assumed, options = {}) => {
    const read = await outcome(file, options);
    if (typeof read === 'string') throw new Error(read);
    const { seconds, share } = apart(read.samples, await good());
    // Of two series each was rounded by itself.
    expect({ seconds, isNear: share <= (options.sum === true ? 1e-4 : 1e-12) }).toEqual({ seconds: 0, isNear: true });
    expect(read.assumed.sort()).toEqual([...assumed].sort());
  });

  it('the good file begins at its start, and has 2,361 values at 300 s', async () => {
    const { times } = await good();
    expect([times.length, times[0], times.at(-1)]).toEqual([2_361, START, START + 2_360 * 300]);
  });

  it('rounded values are read as they are, and said', async () => {
    const ten = async (factor: number) => {
      const { times, values } = await good();
      return { times, values: values.map((value) => value * factor) };
    };
    for (const [file, factor, most, assumed] of [
      ['02_grafana_formatted.csv', 10, 0.005, ['format', 'shortened', 'unit', 'zone']],
      ['50_si.csv', 10, 0.02, ['shortened']],
    ] as const) {
      const read = await outcome(file);
      if (typeof read === 'string') throw new Error(read);
      const { seconds, share } = apart(read.samples, await ten(factor));
      expect({ file, seconds, isNear: share < most, assumed: read.assumed.sort() }).toEqual({
        file,
        seconds: 0,
        isNear: true,
        assumed,
      });
    }
    const percent = await outcome('49_pct.csv');
    if (typeof percent === 'string') throw new Error(percent);
    expect([percent.samples.values[0], percent.assumed]).toEqual([11.7, ['unit']]);
  });

  it('empty cells are no data, and counted', async () => {
    const read = await readTrace(`${FOLDER}/06b_grafana_null.csv`);
    const missing = (await good()).times.length - read.samples.times.length;
    expect(missing).toBeGreaterThan(0);
    expect(read.findings.map(({ values }) => values)).toEqual([{ assumed: 'empty', count: missing }]);
  });

  it('several series are refused with their names, and one of them can be picked', async () => {
    expect(await outcome('04_grafana_multi.csv')).toMatch(
      /^04_grafana_multi\.csv:1: found 2 columns of numbers \("\{pod="web-1"\}", "\{pod="web-2"\}"\); expected one: --value-column <name> picks it, --sum adds all of them up$/,
    );
    const read = await outcome('04_grafana_multi.csv', { valueColumn: '{pod="web-1"}' });
    expect(read).toMatchObject({ assumed: ['format', 'columns'] });
  });

  it('local times over the end of daylight saving: with the zone each hour once, without it the zone is asked for', async () => {
    const read = await outcome('39_dst_local.csv', { timezone: 'Europe/Berlin' });
    if (typeof read === 'string') throw new Error(read);
    const { times } = read.samples;
    expect(times[0]).toBe(Date.UTC(2026, 9, 24) / 1000);
    expect(times.every((seconds, i) => seconds === times[0]! + 300 * i)).toBe(true);
    expect(read.assumed).toEqual(['clock-set-back']);
    expect(await outcome('39_dst_local.csv')).toMatch(
      /^39_dst_local\.csv:302: found timestamp 2026-10-25 02:00:00 twice, with 35\.197 and 38\.384; expected one value a time: --timezone <zone>/,
    );
  });

  it('a row a day and a counter are read: what refuses them is the replay', async () => {
    const daily = await outcome('33_date_requests.csv');
    if (typeof daily === 'string') throw new Error(daily);
    expect([...daily.samples.times.slice(0, 2)]).toEqual([START, START + 86_400]);
    const counter = await outcome('63_counter.csv');
    if (typeof counter === 'string') throw new Error(counter);
    expect(movementOf(counter.samples).isCounter).toBe(true);
  });

  it.each(['burst1.csv', 'g0.csv', 'g6h.csv', 'lookA.csv', 'lookB.csv', 'zbiz.csv'])(
    '%s needs no assumption',
    async (file) => {
      expect(await outcome(file)).toMatchObject({ assumed: [] });
    },
  );
});
