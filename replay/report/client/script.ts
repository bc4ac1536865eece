import { AXES } from './axes.ts';
import { BASE } from './base.ts';
import { COPY } from './copy.ts';
import { DEMAND_CHART } from './demand-chart.ts';
import { FAN_CHART } from './fan-chart.ts';
import { GLOSSARY } from './glossary.ts';
import { MOUNT } from './mount.ts';
import { SPAN_BUTTONS } from './span-buttons.ts';

/**
 * The page's script: plain JavaScript that no step compiles. It draws the two zoomable charts with uPlot from the JSON
 * in #data and reads its colours from the style sheet, so that dark mode and print decide in one place.
 */
export const CLIENT_SCRIPT = `(() => {
'use strict';
${GLOSSARY}${COPY}${BASE}
const stepped = uPlot.paths.stepped({ align: 1 });
${AXES}${DEMAND_CHART}${FAN_CHART}${MOUNT}${SPAN_BUTTONS}})();`;
