import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COLLECTOR_METRICS } from '../../telemetry/metrics/collector-metrics.io.ts';
import { METRICS } from '../../telemetry/metrics/metric-table.ts';
import { FORECASTER_METRICS, QUEUE_METRICS, REDIS_METRICS } from '../../telemetry/metrics/role-metrics.io.ts';
import { BOARDS, boardText } from './boards.ts';

const KNOWN = [METRICS, COLLECTOR_METRICS, REDIS_METRICS, QUEUE_METRICS, FORECASTER_METRICS].flatMap((table) =>
  Object.keys(table),
);
const panels = Object.entries(BOARDS).flatMap(([file, { rows }]) =>
  rows.flatMap(({ panels: own }) => own.map((panel) => ({ file, ...panel }))),
);

describe('the boards in the chart', () => {
  it.each(Object.entries(BOARDS))(
    '%s is what docs/boards makes: npm run build && node helm/refresh.mjs',
    (file, board) => {
      expect(JSON.parse(readFileSync(`helm/dashboards/${file}`, 'utf8'))).toEqual(JSON.parse(boardText(board)));
    },
  );

  it('have a uid of their own each, a data source that is chosen, and ids and places that do not meet', () => {
    expect(new Set(Object.values(BOARDS).map(({ uid }) => uid)).size).toBe(Object.keys(BOARDS).length);
    for (const board of Object.values(BOARDS)) {
      const text = boardText(board);
      expect(text).not.toContain('__inputs');
      const { templating, panels: placed } = JSON.parse(text);
      expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
      const all = placed.flatMap((one: { panels?: object[] }) => [one, ...(one.panels ?? [])]);
      expect(new Set(all.map(({ id }: { id: number }) => id)).size).toBe(all.length);
      const cells = all.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<string, number> }) =>
        Array.from({ length: w! * h! }, (_, i) => `${x! + (i % w!)},${y! + Math.floor(i / w!)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
    }
  });

  it('colour a figure by steps of its own: by default Grafana shows all from 80 on in red', () => {
    const stats = panels.filter(({ kind }) => kind === 'stat');
    expect(stats.length).toBeGreaterThan(10);
    for (const { steps = [] } of stats) {
      expect(steps[0]).toMatchObject({ from: null });
      const froms = steps.slice(1).map(({ from }) => from);
      expect(froms).toEqual([...froms].sort((a, b) => a! - b!));
    }
  });

  it.each(panels)(
    '$file, $title: has a unit, a description, and metrics that exist',
    ({ unit, description, queries }) => {
      expect(unit).toMatch(/^(?:short|s|ops|bytes|percentunit)$/);
      expect(description).toMatch(/\.$/);
      for (const { expr } of queries) {
        const names = [...expr.matchAll(/\bprescale_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
        expect(names.length).toBeGreaterThan(0);
        for (const name of names) expect(KNOWN).toContain(name);
        // A rate over a fixed minute is empty where scrapes are a minute apart.
        expect(expr).not.toMatch(/\[\d+[sm]\]/);
      }
    },
  );
});
