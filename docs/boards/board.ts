/*
 * Grafana's dashboard model (schema 39, Grafana 10 and later), as far as our boards use it. The chart's JSON is made from it by
 * `node helm/refresh.mjs`.
 */

/** One query of a panel; `legend` is Grafana's, such as `{{workload}}`. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** The colour of a figure from a value on; the first is of all below the second. */
export interface Step {
  /** Null: of the first. */
  readonly from: number | null;
  readonly colour: 'text' | 'green' | 'orange' | 'red';
}

export type PanelKind = 'timeseries' | 'stat' | 'table' | 'heatmap';

export interface Panel {
  readonly title: string;
  /** What it says, and what to do with it. */
  readonly description: string;
  /** Grafana's name of the unit: `short`, `s`, `percentunit`, … */
  readonly unit: string;
  readonly kind?: PanelKind;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width?: number;
  /** Of a stat. Without steps Grafana would show all from 80 on in red. */
  readonly steps?: readonly Step[];
}

/** Panels under a title; `collapsed` ones are asked for nothing until somebody opens them. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly collapsed?: boolean;
}

/** A choice above the board. `query` is Grafana's: `label_values(metric{…}, label)`. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly query: string;
  /** Several may be chosen, and all of them are. */
  readonly multi?: boolean;
}

export interface Board {
  /** Links and alerts lead there by it: it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const HEIGHT: Readonly<Record<PanelKind, number>> = { timeseries: 8, stat: 4, table: 8, heatmap: 8 };
const WIDTH: Readonly<Record<PanelKind, number>> = { timeseries: 12, stat: 4, table: 12, heatmap: 12 };
/** A variable, not an input: the sidecar that loads ConfigMaps asks nobody for a data source. */
const DATASOURCE = { type: 'prometheus', uid: '$' + '{datasource}' };
const TAG = 'prescale';

/** The dashboard as Grafana reads it. */
export function grafanaJson({ uid, title, description, variables, rows }: Board): object {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const { title: name, panels: own, collapsed = false } of rows) {
    const head = { id: ++id, type: 'row', title: name, collapsed, gridPos: { x: 0, y, w: COLUMNS, h: 1 } };
    const placed = placePanels(own, y + 1, () => ++id);
    y = placed.endY;
    panels.push(...(collapsed ? [{ ...head, panels: placed.panels }] : [{ ...head, panels: [] }, ...placed.panels]));
  }
  return {
    uid,
    title,
    description,
    tags: [TAG],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: '',
    links: [
      {
        ...{ type: 'dashboards', title: 'Prescale', tags: [TAG], icon: 'external link', tooltip: '' },
        ...{ asDropdown: true, includeVars: true, keepTime: true, targetBlank: false },
      },
    ],
    templating: { list: [datasourceVariable(), ...variables.map(variableOf)] },
    annotations: { list: [] },
    panels,
  };
}

function placePanels(own: readonly Panel[], from: number, nextId: () => number): { panels: object[]; endY: number } {
  let [x, y, rowHeight] = [0, from, 0];
  const panels = own.map((panel) => {
    const { kind = 'timeseries', width = WIDTH[kind] } = panel;
    if (x + width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: width, h: HEIGHT[kind] };
    x += width;
    rowHeight = Math.max(rowHeight, HEIGHT[kind]);
    return { id: nextId(), gridPos, ...panelOf(panel, kind) };
  });
  return { panels, endY: y + rowHeight };
}

const LEGEND = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
const TOOLTIP = { mode: 'multi', sort: 'desc' };

function panelOf({ title, description, unit, queries, steps }: Panel, kind: PanelKind): object {
  const isNow = kind === 'table' || kind === 'stat';
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        ...(kind === 'timeseries' ? { custom: { spanNulls: false } } : {}),
        ...(steps === undefined ? {} : { color: { mode: 'thresholds' }, thresholds: thresholdsOf(steps) }),
      },
      overrides: [],
    },
    ...(kind === 'heatmap' ? { options: { calculate: false, yAxis: { unit } } } : {}),
    ...(kind === 'timeseries' ? { options: { legend: LEGEND, tooltip: TOOLTIP } } : {}),
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(isNow ? { instant: true, range: false } : {}),
      ...(kind === 'table' || kind === 'heatmap' ? { format: kind } : {}),
    })),
  };
}

function thresholdsOf(steps: readonly Step[]): object {
  return { mode: 'absolute', steps: steps.map(({ from, colour }) => ({ value: from, color: colour })) };
}

function datasourceVariable(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 };
}

function variableOf({ name, label, query, multi = false }: Variable): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: `variable-${name}` },
    refresh: 2,
    sort: 1,
    multi,
    includeAll: multi,
    ...(multi ? { allValue: '.*', current: { text: 'All', value: '$__all' } } : {}),
  };
}
