import { type Board, grafanaJson } from './board.ts';
import { FLEET } from './fleet.ts';
import { OPERATIONS } from './operations.ts';
import { WORKLOAD } from './workload.ts';

/** The boards by the name of their file in helm/dashboards/. */
export const BOARDS: Readonly<Record<string, Board>> = {
  'fleet.json': FLEET,
  'workload.json': WORKLOAD,
  'operations.json': OPERATIONS,
};

/** The text of a board's file. */
export function boardText(board: Board): string {
  return `${JSON.stringify(grafanaJson(board), null, 2)}\n`;
}
