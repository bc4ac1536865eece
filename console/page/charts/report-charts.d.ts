import type uPlot from 'uplot';

/** What the report's charts are made with; console/build.mjs makes the module of the report's own source. */
export interface ReportCharts {
  axes(pods: boolean): uPlot.Axis[];
  /** A colour of the style sheet, by its name without dashes. */
  colour(name: string): string;
  readonly cursor: uPlot.Cursor;
  fromZero(u: uPlot, lo: number, hi: number): [number, number];
  number(value: number | null | undefined): string;
  when(seconds: number): string;
  clock(seconds: number, withSeconds?: boolean): string;
  utc(seconds: number): Date;
  timeValue(u: uPlot, seconds: number | null): string;
  readonly stepped: uPlot.Series.PathBuilder;
}

export function reportCharts(texts: { readonly locale: string }): ReportCharts;
