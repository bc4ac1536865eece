import type { Panel, Row, Step } from './board.ts';

/** PromQL by the legend of its series, in the order shown. */
type Queries = Readonly<Record<string, string>>;
type Unit = 'short' | 's' | 'ops' | 'bytes' | 'percentunit';

/** Series over time. @param more what differs from a panel of half a row */
export function panel(
  unit: Unit,
  title: string,
  description: string,
  queries: Queries,
  more: Pick<Panel, 'kind' | 'width' | 'steps'> = {},
): Panel {
  return {
    ...{ title, description, unit, ...more },
    queries: Object.entries(queries).map(([legend, expr]) => ({ legend, expr })),
  };
}

/** Of a figure that is neither good nor bad. */
const PLAIN: readonly Step[] = [{ from: null, colour: 'text' }];

/** Green below a value, then of another colour. */
export function greenBelow(from: number, colour: Step['colour'] = 'red'): readonly Step[] {
  return [
    { from: null, colour: 'green' },
    { from, colour },
  ];
}

/** One figure of now. */
export function stat(
  title: string,
  description: string,
  expr: string,
  { unit = 'short', steps = PLAIN }: { readonly unit?: Unit; readonly steps?: readonly Step[] } = {},
): Panel {
  return panel(unit, title, description, { [title]: expr }, { kind: 'stat', steps });
}

export function row(title: string, ...panels: readonly Panel[]): Row {
  return { title, panels };
}

/*
 * Panels of several boards: of all workloads or of one.
 */

/** For panels of a fleet, which show the largest only. */
const TEN_HIGHEST = ' The ten highest.';

export const OLDEST_FORECAST = stat(
  'Oldest forecast',
  'When it ends, the observed load alone decides.',
  'max(prescale_oldest_forecast_seconds)',
  { unit: 's' },
);

export function errorBudgetUsed(queries: Queries, ofFleet = false): Panel {
  const what = 'Of the demand that the SLO lets go unmet, the share that was: above 1 the SLO is missed.';
  return panel('percentunit', 'Error budget used', ofFleet ? what + TEN_HIGHEST : what, queries);
}

export function forecastError(queries: Queries, ofFleet = false): Panel {
  const what = 'How far past forecasts missed, as a share of the demand.';
  return panel('percentunit', 'Forecast error', ofFleet ? what + TEN_HIGHEST : what, queries);
}

export function whatDecided(expr: string): Panel {
  const what = 'Decisions a second in which a rule spoke. docs/metrics.md lists the reasons.';
  return panel('ops', 'What decided', what, { '{{reason}}': expr });
}

export function podHours(title: string, expr: string): Panel {
  const what = 'Of the compared hours of the last week: what ran, and what the HPA would have needed.';
  return panel('short', title, what, { '{{policy}}': expr });
}
