import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_SECONDS, exampleStatuses } from '../../test/example-status.ts';
import { FleetFeed } from '../fleet/fleet-feed.ts';
import type { FleetRow } from '../fleet/fleet-row.ts';
import { FleetTable } from '../fleet/fleet-table.ts';
import { chartData, nearest } from './charts/chart-data.ts';
import { fleetCsv } from './csv.ts';
import { choiceOf, chosen, SORTS } from './fleet-order.ts';
import { formatRoute, parseRoute, withQuery } from './route.ts';
import { keyParts, linePath } from './sparkline-path.ts';
import { en } from './texts/en.ts';
import { zh } from './texts/zh.ts';
import { formValue, textsFor } from './words.ts';

function rows(count: number): FleetRow[] {
  const table = new FleetTable();
  const source = {
    version: '',
    replica: 'a',
    leads: true,
    leader: 'a',
    stored: 'own',
    note: null,
    faults: [],
  } as const;
  const at = { figuresSeconds: EXAMPLE_SECONDS, nowSeconds: EXAMPLE_SECONDS };
  table.take(new FleetFeed().message(exampleStatuses(count), { ...source, ...at }));
  return [...table.rows()];
}

function saving(row: FleetRow, hpa: number, own: number): FleetRow {
  const ran = (podHours: number) => ({ podHours, servedShare: 1, starts: 1 });
  const about = {
    source: 'default',
    name: 'hpa',
    note: '',
    fromSeconds: 0,
    toSeconds: 1,
    hours: 168,
    madeSeconds: 1,
  } as const;
  return { ...row, baseline: { ...about, own: ran(own), hpa: ran(hpa), savedShare: 1 - own / hpa } };
}

describe('the order of the fleet', () => {
  const [a, b, c, d] = rows(4) as [FleetRow, FleetRow, FleetRow, FleetRow];
  const fleet = [
    a,
    saving(b, 200, 100),
    { ...c, attention: ['conflict' as const] },
    saving({ ...d, mode: 'observe' as const }, 300, 100),
  ];
  const names = (query: string) => chosen(fleet, choiceOf(new URLSearchParams(query))).map(({ ref }) => ref.name);

  it('is attention first, then what is saved, then the name', () => {
    expect(names('')).toEqual(['web-2', 'web-3', 'web-1', 'web-0']);
  });

  it('is what the address says, with what is not known last either way', () => {
    expect(names('sort=saved&dir=asc')).toEqual(['web-1', 'web-3', 'web-0', 'web-2']);
    expect(names('sort=saved&dir=desc')).toEqual(['web-3', 'web-1', 'web-0', 'web-2']);
    expect(names('sort=workload')).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    expect(names('mode=observe')).toEqual(['web-3']);
    expect(names('attention=1')).toEqual(['web-2']);
    expect(names('q=B-1')).toEqual(['web-1']);
    expect(names('sort=nothing&ns=elsewhere')).toEqual([]);
  });

  it('loses and invents nobody, whatever is sorted by', () => {
    for (const sort of SORTS) expect(new Set(names(`sort=${sort}`)), sort).toEqual(new Set(names('')));
  });
});

describe('an address', () => {
  it('leads where it was made, whatever the names are', () => {
    const part = fc.string({ minLength: 1, unit: 'grapheme' });
    fc.assert(
      fc.property(part, part, part, part, (namespace, kind, name, value) => {
        fc.pre(![namespace, kind, name].some((one) => one.includes('/')));
        const route = withQuery(parseRoute(''), { q: value });
        const made = formatRoute({ ...route, page: 'workload', key: `${namespace}/${kind}/${name}` });
        const found = parseRoute(made);
        expect(found.key).toBe(`${namespace}/${kind}/${name}`);
        expect(found.query.get('q')).toBe(value);
      }),
    );
  });

  it('that is none is the fleet', () => {
    for (const hash of ['', '#', '#/nothing', '#/workload/a', '#/workload/%E0%A4%A', '#//'])
      expect(parseRoute(hash).page, hash).toBe('fleet');
  });
});

describe('the CSV', () => {
  const csv = (why: string) => fleetCsv([{ ...rows(1)[0]!, why }]);

  it.each(['=HYPERLINK("http://evil","x")', '+1', '-2+3', '@SUM(A1)', '\t=1', ' =1', '\r=1'])(
    'has no formula of %j',
    (text) => {
      const last = csv(text).split('\r\n')[1]!;
      // Whether quoted or not, it begins with an apostrophe.
      expect(last).toMatch(/,"?'[\s=+\-@]/);
    },
  );

  it('leaves empty what is not known, and has units in its header', () => {
    const [header, line] = fleetCsv([{ ...rows(1)[0]!, load: null, forecastError: null, why: 'a, "b"' }]).split('\r\n');
    expect(header).toContain('lead_time_seconds');
    expect(line).toContain(',,req/s,,,21,');
    expect(line).toMatch(/"a, ""b"""$/);
  });
});

describe('the charts', () => {
  const base = rows(1)[0]!;
  const status = { replicas: { current: 9 } };
  const series = (values: (number | null)[]) => ({
    fromSeconds: 600,
    toSeconds: 600 + 60 * (values.length - 1),
    leadTimeSeconds: 60,
    metrics: [
      {
        metric: 'cpu',
        unit: 'cores',
        demand: { startSeconds: 600, stepSeconds: 60, values },
        forecast: null,
        upper: null,
      },
    ],
    replicas: [[660, 7]] as [number, number][],
  });

  it('show a gap as a gap, the pods that it took, and nothing before the first known change', () => {
    const data = chartData(series([220, null, 330, 331]), undefined, { row: base, status } as never, 780);
    expect(data.demand).toEqual([220, null, 330, 331]);
    expect(data.needed).toEqual([2, null, 3, 4]);
    expect(data.replicas).toEqual([null, 7, 7, 9]);
  });

  it('go on after now with what is forecast', () => {
    const forecast = {
      ...{
        startSeconds: 780,
        stepSeconds: 300,
        planned: [3, 4],
        metric: 'cpu',
        unit: 'cores',
        model: '',
        why: '',
        historyDays: 7,
      },
      quantiles: [
        { level: 0.5, values: [300, 310] },
        { level: 0.95, values: [350, 360] },
      ],
    };
    const data = chartData(series([220, 230, 240]), forecast, { row: base, status } as never, 720);
    expect(data.times).toEqual([600, 660, 720, 780, 1080]);
    expect(data.planned).toEqual([null, null, null, 3, 4]);
    expect(data.fan.map(({ level }) => level)).toEqual([0.95, 0.5]);
    expect(data.fan[1]!.values).toEqual([null, null, null, 300, 310]);
    expect(data.replicas.slice(-2)).toEqual([null, null]);
  });

  it('find the nearest time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1 }), fc.integer(), (times, at) => {
        times.sort((a, b) => a - b);
        const found = times[nearest(times, at)]!;
        expect(Math.min(...times.map((one) => Math.abs(one - at)))).toBe(Math.abs(found - at));
      }),
    );
  });
});

describe('the texts', () => {
  /** Every text by its place; functions with made-up words. */
  function leaves(value: unknown, path = ''): [string, string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value === 'function') return [[path, String(value('A', 'B'))]];
    return Object.entries(value as object).flatMap(([name, part]) => leaves(part, `${path}.${name}`));
  }

  it('are whole in both languages', () => {
    const [english, chinese] = [leaves(en), leaves(zh)];
    expect(chinese.map(([path]) => path)).toEqual(english.map(([path]) => path));
    for (const [path, text] of [...english, ...chinese]) expect(text.trim(), path).not.toBe('');
    // What is the same in both is no language: codes, names, a dash.
    const same = english.filter(([, text], i) => text === chinese[i]![1]).map(([path]) => path);
    expect(same).toEqual(['.unknown']);
  });

  it('count in the singular, too, and show of a measured value what is read', () => {
    expect(en.fleet.summary('1', '1')).toBe('1 workload · 1 needs attention');
    expect(en.fleet.summary('2', '0')).toBe('2 workloads · 0 need attention');
    expect(en.savings.bounds('11:52 UTC', 'x', '1')).toContain('with 1 query;');
    expect([59.74504981014625, 1_200, 300, 0.5, 1].map(formValue)).toEqual([59.7, 1_200, 300, 0.5, 1]);
  });

  it('are of the language that the address asks for, else of the first of the reader’s that there is', () => {
    expect(textsFor('?lang=zh', ['en']).htmlLang).toBe('zh-CN');
    expect(textsFor('', ['fr-FR', 'zh-TW', 'en']).htmlLang).toBe('zh-CN');
    expect(textsFor('?lang=xx', ['fr']).htmlLang).toBe('en');
  });
});

describe('the last day of a row', () => {
  it('is a line from 0 to its largest, with a gap where nothing is known', () => {
    expect(linePath([0, 5, null, 10, 5], 8, 22)).toBe('M0.0,21.0L2.0,11.0M6.0,1.0L8.0,11.0');
    expect(linePath([null, null], 8, 22)).toBe('');
    expect(linePath([0, 0], 8, 22)).toBe('M0.0,21.0L8.0,21.0');
  });

  it('is asked for in addresses that a server takes: each key once', () => {
    const name = fc.string({ minLength: 1, maxLength: 380 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 200 }), (keys) => {
        const parts = keyParts(keys);
        expect(parts.flat()).toEqual(keys);
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(40);
          expect(part.join().length).toBeLessThanOrEqual(6_000);
        }
      }),
    );
  });
});
