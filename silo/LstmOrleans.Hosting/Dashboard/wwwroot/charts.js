// Charts on Apache ECharts: colours from the stylesheet, theme and size followed, and the same in words for who cannot see them.
// Tooltips are drawn on the canvas ('richText'): names of streams are never read as HTML, and nothing inline is needed.
import * as echarts from '/vendor/echarts/echarts.esm.min.js';
import { el } from '/shell.js';

// A variable may be a pair of colours: only an element that has it tells which one holds.
const swatch = document.body.appendChild(el('span', { hidden: true }));
const colour = (name) => {
  swatch.style.color = `var(${name})`;
  return getComputedStyle(swatch).color;
};
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// ECharts 6.1 marks a heat map's cells as drawn bit by bit, 15 ms a frame, also where that is switched off (progressive: 0): a busy machine showed half a map.
Object.defineProperty(echarts.graphic.Rect.prototype, 'incremental', { get: () => 0, set: () => {} });

/** A number in few characters: 1234567 -> "1.23 M". */
export function short(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e9) return `${trim(value / 1e9, digits)} G`;
  if (size >= 1e6) return `${trim(value / 1e6, digits)} M`;
  if (size >= 1e4) return `${trim(value / 1e3, digits)} k`;
  return trim(value, digits + (size >= 1000 ? 1 : 0));
}

const trim = (value, digits) => String(Number(value.toPrecision(digits)));

/** Seconds in the unit that suits them: 0.00042 -> "420 µs". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return '–';
  const size = Math.abs(seconds);
  if (size === 0) return '0 ms';
  if (size < 1e-3) return `${trim(seconds * 1e6, 3)} µs`;
  if (size < 1) return `${trim(seconds * 1e3, 3)} ms`;
  return `${trim(seconds, 3)} s`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Floating-point operations a second, from billions of them: 0.0081 -> ["8.1", "MFLOP/s"]. */
export function flops(billions) {
  if (billions === 0 || billions >= 1) return [short(billions), 'GFLOP/s'];
  return billions >= 1e-3 ? [trim(billions * 1e3, 3), 'MFLOP/s'] : [trim(billions * 1e6, 3), 'kFLOP/s'];
}

/** Unix milliseconds as a time of day. */
export const timeOfDay = (milliseconds) => clock.format(milliseconds);

// What every chart shares: a canvas that follows size and theme, and ends with its element.
class Chart {
  constructor(area, option) {
    this.area = area;
    this.option = option;
    this.chart = echarts.init(area, null, { renderer: 'canvas' });
    this.themed = () => this.draw(true);
    document.addEventListener('themechange', this.themed);
    this.resizer = new ResizeObserver(() => this.chart.resize());
    this.resizer.observe(area);
  }

  draw(all = false) {
    this.chart.setOption(this.option(), { notMerge: all, lazyUpdate: true });
  }

  dispose() {
    document.removeEventListener('themechange', this.themed);
    this.resizer.disconnect();
    this.chart.dispose();
  }
}

const base = () => ({
  animation: false,
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour('--text') },
  tooltip: {
    renderMode: 'richText',
    confine: true,
    backgroundColor: colour('--raised'),
    borderColor: colour('--border'),
    textStyle: { color: colour('--text'), fontSize: 12 },
  },
});

const axis = (more = {}) => ({
  axisLabel: { color: colour('--muted'), fontSize: 11, hideOverlap: true, ...more.axisLabel },
  axisLine: { lineStyle: { color: colour('--border') } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: colour('--grid') } },
  nameTextStyle: { color: colour('--muted') },
  ...more,
  ...(more.axisLabel ? { axisLabel: { color: colour('--muted'), fontSize: 11, hideOverlap: true, ...more.axisLabel } } : {}),
});

// The frame around a drawing: title, words instead of the picture, and the last values as a table on demand.
function frame(host, { title, heading = 'h2', height, table }) {
  const words = el('p', { class: 'hidden-text' });
  const area = el('div', { class: `chart-area${height === 'tall' ? ' tall' : ''}`, role: 'img', 'aria-label': title });
  const details = table ? el('details', {}, el('summary', {}, 'Values as a table'), el('div', { class: 'table-wrap', tabindex: 0, role: 'region', 'aria-label': `${title}, values` })) : null;
  const legend = el('span', { class: 'muted small' });
  const figure = el('figure', { class: 'chart' }, el('figcaption', {}, el(heading, {}, title), legend), area, words, details);
  host.replaceChildren(figure);
  if (details) details.addEventListener('toggle', () => { if (details.open) fill(); });
  function fill() {
    details.querySelector('.table-wrap').replaceChildren(table());
  }
  return {
    area,
    legend,
    say(text) {
      area.setAttribute('aria-label', `${title}: ${text}`);
      words.textContent = '';
    },
    refresh() { if (details?.open) fill(); },
  };
}

/**
 * Lines over time (or over any rising number).
 * series: [{ name, colour: '--c1', dashed, area, step, marks }]; format: value -> text; xFormat: x -> text.
 * set(x, columns): x an array of numbers (unix milliseconds if time), columns one array per series, null where there is nothing.
 * options.marks: set through setMarks([{ from, to, name, colour }]) as shaded windows; points through series with symbols: { name, points: true }.
 */
export function lineChart(host, { title, heading, series, format = short, xFormat = timeOfDay, time = true, height, min, max, interval, zoom = false, xName, yName }) {
  let x = [];
  let columns = series.map(() => []);
  let marks = [];
  const box = frame(host, { title, heading, height, table });
  const chart = new Chart(box.area, option);

  function option() {
    return {
      ...base(),
      grid: { left: 8, right: 26, top: series.length > 1 ? 30 : 12, bottom: zoom ? 46 : 6, containLabel: true },
      legend: series.length > 1 ? { top: 0, left: 0, icon: 'roundRect', itemWidth: 14, itemHeight: 4, textStyle: { color: colour('--text'), fontSize: 12 }, inactiveColor: colour('--muted') } : { show: false },
      tooltip: {
        ...base().tooltip,
        trigger: 'axis',
        axisPointer: { lineStyle: { color: colour('--muted') } },
        formatter: (points) => [xFormat(points[0].value[0]), ...points.filter((p) => p.value[1] !== null).map((p) => `${p.seriesName}: ${format(p.value[1])}`)].join('\n'),
      },
      xAxis: axis({ type: time ? 'time' : 'value', min: 'dataMin', max: 'dataMax', splitLine: { show: false }, name: xName, nameLocation: 'middle', nameGap: 24, minInterval: time ? undefined : 1,
        axisLabel: time ? {} : { formatter: (value) => xFormat(value) } }),
      // Nothing but zeros would get an axis with a top made up by the library.
      yAxis: axis({ type: 'value', min, max: max ?? ((extent) => (extent.max > 0 || extent.min < 0 ? null : 0.9)), scale: min === undefined, splitNumber: 4, interval, name: yName, axisLine: { show: false }, axisLabel: { formatter: (value) => format(value) } }),
      dataZoom: zoom ? [{ type: 'inside' }, { type: 'slider', height: 18, bottom: 6, borderColor: colour('--border'), textStyle: { color: colour('--muted') }, fillerColor: 'transparent', brushSelect: false }] : [],
      series: series.map((line, index) => ({
        name: line.name,
        type: line.points ? 'scatter' : 'line',
        step: line.step,
        symbol: line.points ? line.symbol ?? 'circle' : 'none',
        symbolSize: line.points ? line.size ?? 8 : 0,
        color: colour(line.colour ?? `--c${(index % 6) + 1}`),
        lineStyle: { width: 1.6, type: line.dashed ? 'dashed' : 'solid' },
        areaStyle: line.area ? { opacity: .13 } : undefined,
        connectNulls: false,
        sampling: line.points ? undefined : 'lttb',
        emphasis: { disabled: true },
        data: x.map((value, row) => [value, columns[index][row] ?? null]),
        markArea: index === 0 && marks.length > 0 ? {
          silent: true,
          label: { color: colour('--muted'), fontSize: 11 },
          data: marks.map((mark) => [{ name: mark.name, xAxis: mark.from, itemStyle: { color: colour(mark.colour ?? '--c2'), opacity: .14 } }, { xAxis: mark.to }]),
        } : undefined,
      })),
    };
  }

  function words() {
    return series.map((line, index) => {
      const values = columns[index].filter((value) => value !== null && value !== undefined);
      if (values.length === 0) return `${line.name}: nothing yet`;
      let low = values[0];
      let high = values[0];
      for (const value of values) { if (value < low) low = value; if (value > high) high = value; }
      return `${line.name} now ${format(values.at(-1))}, lowest ${format(low)}, highest ${format(high)}`;
    }).join('; ');
  }

  function table() {
    const last = Math.min(x.length, 60);
    const rows = [];
    for (let row = x.length - 1; row >= x.length - last; row--) {
      rows.push(el('tr', {}, el('th', { scope: 'row' }, xFormat(x[row])), ...columns.map((column) => el('td', { class: 'num' }, format(column[row])))));
    }
    return el('table', {}, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, xName ?? (time ? 'Time' : 'x')), ...series.map((line) => el('th', { scope: 'col', class: 'num' }, line.name)))), el('tbody', {}, ...rows));
  }

  chart.draw(true);
  return {
    legend: box.legend,
    set(newX, newColumns) {
      x = newX;
      columns = newColumns;
      chart.draw();
      box.say(words());
      box.refresh();
    },
    /** Zooms so that the last of these x are seen; what is added later is followed. */
    showLast(count) {
      if (x.length > count) chart.chart.dispatchAction({ type: 'dataZoom', start: 100 * (1 - count / x.length), end: 100 });
    },
    setMarks(windows) {
      marks = windows;
      chart.draw();
    },
    dispose: () => chart.dispose(),
  };
}

/**
 * A heat map: columns along x (positions), rows along y (units), colour by value.
 * set({ x: [labels], rows: count, values: (column, row) => number, first: name of the first row, min, max }); min and max fix the colours; diverging puts the middle colour at 0.
 */
export function heatMap(host, { title, heading, min = -1, max = 1, diverging = true, xName, yName, format = (value) => trim(value, 3), height }) {
  let x = [];
  let rows = 0;
  let data = [];
  let value = () => null;
  let low = min;
  let high = max;
  let first = 0;
  const box = frame(host, { title, heading, height, table });
  const chart = new Chart(box.area, option);

  function option() {
    return {
      ...base(),
      grid: { left: 8, right: 70, top: 8, bottom: xName ? 22 : 6, containLabel: true },
      tooltip: { ...base().tooltip, formatter: (point) => `${xName ?? 'x'} ${x[point.value[0]]}\n${yName ?? 'row'} ${first + point.value[1]}\n${format(point.value[2])}` },
      xAxis: axis({ type: 'category', data: x, name: xName, nameLocation: 'middle', nameGap: 22, splitLine: { show: false } }),
      yAxis: axis({ type: 'category', data: Array.from({ length: rows }, (_, row) => first + row), splitLine: { show: false }, name: yName, nameLocation: 'middle', nameGap: 30 }),
      visualMap: {
        min: low, max: high, calculable: false, orient: 'vertical', right: 4, top: 'center', itemHeight: 120, itemWidth: 12,
        text: [format(high), format(low)], textStyle: { color: colour('--muted'), fontSize: 11 },
        inRange: { color: diverging ? [colour('--low'), colour('--mid'), colour('--high')] : [colour('--mid'), colour('--c1')] },
      },
      series: [{ type: 'heatmap', data, progressive: 0, emphasis: { disabled: true } }],
    };
  }

  function table() {
    const last = x.length - 1;
    const lines = Array.from({ length: last < 0 ? 0 : rows }, (_, row) => el('tr', {}, el('th', { scope: 'row' }, first + row), el('td', { class: 'num' }, format(value(last, row)))));
    return el('table', {}, el('caption', {}, last < 0 ? 'nothing yet' : `${xName ?? 'column'} ${x[last]}`), el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, yName ?? 'row'), el('th', { scope: 'col', class: 'num' }, 'value'))), el('tbody', {}, ...lines));
  }

  chart.draw(true);
  return {
    legend: box.legend,
    set(next) {
      ({ x, rows, values: value, min: low = low, max: high = high, first = 0 } = next);
      data = [];
      for (let column = 0; column < x.length; column++) {
        for (let row = 0; row < rows; row++) {
          const cell = value(column, row);
          if (cell !== null && cell !== undefined) data.push([column, row, cell]);
        }
      }
      chart.draw();
      box.say(x.length === 0 ? 'nothing yet' : `${rows} rows, ${x.length} columns, from ${x[0]} to ${x.at(-1)}`);
      box.refresh();
    },
    dispose: () => chart.dispose(),
  };
}

/** Whether movement should be kept away. */
export const isCalm = () => calm.matches;
