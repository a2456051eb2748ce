// Charts of the reports. Each is drawn from the table that stands below it: what a column is called, what a row is
// called, and the numbers in data-value, so that table and chart can never say two things. Without this script, or on
// a browser that cannot draw, the table and its own bars stay as they are.
//
//   <figure class="graph" data-graph="line|bar|across" data-percent>  … <div class="plot"></div> … <table>
//   <th scope="col" data-series="lit|plain|strong|calm">  a column to draw, and how
//   <td data-value="12.5">                             a number; without it there is none ('—'), and a gap is drawn
(() => {
  "use strict";
  if (!window.echarts) return;
  const styles = getComputedStyle(document.documentElement);
  const of = (name) => styles.getPropertyValue(name).trim();
  const rem = parseFloat(styles.fontSize);
  const LOOKS = {
    lit: { colour: of("--gold"), edge: of("--gold-deep"), symbol: "circle", dash: "solid" },
    plain: { colour: of("--line"), edge: of("--edge"), symbol: "rect", dash: [2, 3] },
    strong: { colour: of("--red"), edge: of("--red"), symbol: "diamond", dash: "solid" },
    calm: { colour: of("--calm"), edge: of("--calm"), symbol: "triangle", dash: [7, 4] },
  };
  const words = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: rem * 0.875, color: of("--ink") };

  const read = (figure) => {
    const table = figure.querySelector("table"), across = figure.dataset.graph === "across";
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows].filter((row) => !across || row.querySelector("[data-value]"));
    return {
      names: rows.map((row) => (row.cells[0].dataset.short || row.cells[0].textContent).trim()),
      links: rows.map((row) => row.cells[0].querySelector("a")),
      series: heads.flatMap((head, at) => head.dataset.series ? [{
        name: head.textContent.trim(),
        look: LOOKS[head.dataset.series],
        data: rows.map((row) => row.cells[at].dataset.value === undefined ? null : Number(row.cells[at].dataset.value)),
      }] : []),
    };
  };

  const told = (figure) => {
    const { names, series } = read(figure);
    const kind = figure.dataset.graph, percent = "percent" in figure.dataset, across = kind === "across";
    const sign = percent ? "%" : "";
    const wide = figure.querySelector(".plot").clientWidth;
    const fits = across ? Math.max(4, Math.min(12, Math.floor(0.4 * wide / (0.875 * rem)))) : 12;
    const lines = Math.ceil(series.length * 6.5 * rem / wide); // of the legend
    const short = (name) => name.length > fits ? `${name.slice(0, fits - 1)}…` : name;
    const most = Number(figure.dataset.most), steps = wide < 24 * rem ? 2 : 5;
    const numbers = {
      type: "value", min: 0, max: most || (percent ? 100 : undefined), minInterval: percent ? undefined : 1, interval: most ? most / steps : percent ? 25 : undefined, splitNumber: wide < 24 * rem ? 2 : 4,
      axisLabel: { ...words, color: of("--soft"), formatter: `{value}${sign}` }, splitLine: { lineStyle: { color: of("--line") } },
    };
    const kinds = {
      type: "category", data: names, inverse: across, axisTick: { show: false }, axisLine: { lineStyle: { color: of("--edge") } },
      axisLabel: { ...words, hideOverlap: !across, interval: across ? 0 : "auto", formatter: short },
    };
    const crowded = kind === "line" || (!across && names.length * series.length > (wide < 30 * rem ? 8 : 30));
    return {
      animation: false, // nothing moves while somebody reads, and paper does not wait
      textStyle: words,
      aria: { enabled: true, label: { description: figure.dataset.says }, decal: { show: !across && kind === "bar" && series.length > 1 } },
      legend: { show: series.length > 1, top: 0, left: 0, itemGap: rem, textStyle: words, selectedMode: false },
      grid: { left: 4, right: rem * (across ? 2.5 : 1), top: rem * (series.length > 1 ? 1.25 + 1.5 * lines : 1.5), bottom: 4, containLabel: true },
      xAxis: across ? numbers : kinds,
      yAxis: across ? kinds : numbers,
      series: series.map(({ name, look, data }) => ({
        name, data, type: kind === "line" ? "line" : "bar", silent: false,
        itemStyle: { color: kind === "line" ? look.edge : look.colour, borderColor: look.edge, borderWidth: 1 },
        lineStyle: { color: look.edge, width: 2.5, type: look.dash }, symbol: look.symbol, symbolSize: 9, connectNulls: false,
        barMaxWidth: rem * 1.75, barMinHeight: 1,
        label: { show: !crowded, position: across ? "right" : "top", ...words, fontSize: rem * 0.8125,
          formatter: ({ value }) => value === null || value === undefined ? "" : `${value}${sign}` },
        labelLayout: { hideOverlap: true },
      })),
    };
  };

  const narrow = window.matchMedia("(max-width: 40rem)").matches;
  const open = (all) => { for (const one of document.querySelectorAll("details.data")) one.open = all; };
  window.addEventListener("beforeprint", () => open(true));
  window.addEventListener("afterprint", () => open(!narrow));
  for (const figure of document.querySelectorAll("figure.graph")) {
    const plot = figure.querySelector(".plot"), rows = plot && read(figure).names.length;
    if (plot && !rows) plot.remove();
    if (!rows) continue;
    figure.classList.add("drawn");
    if (narrow) figure.querySelector("details.data").open = false;
    if (figure.dataset.graph === "across") plot.style.height = `${Math.max(6, 2.5 + rows * 2.25)}rem`;
    const chart = window.echarts.init(plot, null, { devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
    const draw = () => { chart.resize(); chart.setOption(told(figure), true); };
    draw();
    chart.on("click", ({ dataIndex }) => { const link = read(figure).links[dataIndex]; if (link) link.click(); });
    let width = plot.clientWidth;
    new ResizeObserver(() => { if (plot.clientWidth && plot.clientWidth !== width) { width = plot.clientWidth; draw(); } }).observe(plot);
    window.matchMedia("print").addEventListener("change", draw);
    figure.dataset.drawn = String(Math.round(performance.now()));
  }
})();
