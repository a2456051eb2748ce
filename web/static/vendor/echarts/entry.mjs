// What the reports draw: bars and lines on two axes, on a canvas, described for screen readers.
import { getInstanceByDom, init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, CanvasRenderer]);
export { getInstanceByDom, init };
