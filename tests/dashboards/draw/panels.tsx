// Panels. Grafana's plugins for them are no packages, so each is made here of the components that are. Of the state timeline
// there is none: it is drawn here, after Grafana's, and shows that the data are right rather than how Grafana draws them.
import {
  FieldType, PanelPlugin, formattedValueToString, getDisplayProcessor, getFieldDisplayName, getFieldDisplayValues,
  identityOverrideProcessor, VizOrientation, type DataFrame, type Field, type GrafanaTheme2,
} from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { sceneUtils } from '@grafana/scenes';
import React from 'react';

export type Mark = { time: number; color: string; title: string };
/** What is shown, for the test and for other panels. */
export const shown: Record<string, any> = {};
export const world: { theme: GrafanaTheme2; marks: Mark[]; plots: Set<{ redraw: () => void }> } = {
  theme: undefined!, marks: [], plots: new Set(),
};

const record = (props: any, what: object) => {
  shown[props.id] = { title: props.title, ...JSON.parse(JSON.stringify(what)) };
};
const empty = (props: any) => {
  const text = props.fieldConfig.defaults.noValue || 'No data';
  record(props, { empty: text });
  return <div style={{ display: 'grid', placeItems: 'center', height: '100%', opacity: 0.7 }}>{text}</div>;
};
const displayValues = (props: any) =>
  getFieldDisplayValues({
    fieldConfig: props.fieldConfig,
    reduceOptions: props.options.reduceOptions,
    replaceVariables: props.replaceVariables,
    theme: world.theme,
    data: props.data.series,
    timeZone: props.timeZone,
  });
const recordValues = (props: any, values: any[]) =>
  record(props, {
    values: values.map(({ display }) => `${display.title ?? ''}=${formattedValueToString(display)}`),
    colors: values.map(({ display }) => display.color),
    ...(props.data.series.length ? {} : { empty: values.map(({ display }) => formattedValueToString(display)).join() }),
  });

function Stat(props: any) {
  const { options } = props;
  const values = displayValues(props);
  recordValues(props, values);
  return (
    <VizRepeater
      getValues={() => values} source={props.data} width={props.width} height={props.height} autoGrid itemSpacing={3}
      orientation={options.orientation}
      renderValue={({ value, width, height, count }: any) => (
        <BigValue
          value={value.display} count={count} width={width} height={height} theme={world.theme}
          colorMode={options.colorMode} graphMode={options.graphMode} justifyMode={options.justifyMode}
          textMode={options.textMode}
        />
      )}
    />
  );
}

function Bars(props: any) {
  const { options } = props;
  const values = displayValues(props);
  recordValues(props, values);
  return (
    <VizRepeater
      getValues={() => values} source={props.data} width={props.width} height={props.height} itemSpacing={8}
      minVizHeight={16} orientation={options.orientation}
      renderValue={({ value, width, height, alignmentFactors }: any) => (
        <BarGauge
          value={value.display} field={value.field} width={width} height={height} theme={world.theme}
          orientation={VizOrientation.Horizontal} displayMode={options.displayMode} showUnfilled={options.showUnfilled}
          alignmentFactors={alignmentFactors}
        />
      )}
      getAlignmentFactors={(values: any[]) => {
        const longest = (texts: string[]) => texts.reduce((a, b) => (b.length > a.length ? b : a), '');
        return {
          title: longest(values.map(({ display }) => display.title ?? '')),
          text: longest(values.map(({ display }) => formattedValueToString(display))),
        };
      }}
    />
  );
}

function Lines(props: any) {
  const frames: DataFrame[] = props.data.series;
  if (!frames.length) return empty(props);
  record(props, { names: frames.map((frame) => getFieldDisplayName(frame.fields[1], frame, frames)), points: frames[0].length });
  return (
    <TimeSeries
      frames={frames} structureRev={props.data.structureRev} timeRange={props.timeRange} timeZone="utc" width={props.width}
      height={props.height} legend={props.options.legend} options={props.options}
    >
      {(builder: any) => {
        builder.addHook('draw', (plot: any) => {
          world.plots.add(plot);
          const { ctx, bbox } = plot;
          for (const { time, color } of world.marks) {
            const x = plot.valToPos(time, 'x', true);
            if (x < bbox.left || x > bbox.left + bbox.width) continue;
            ctx.save();
            ctx.strokeStyle = ctx.fillStyle = world.theme.visualization.getColorByName(color);
            ctx.setLineDash([4, 4]);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            ctx.beginPath();
            ctx.moveTo(x - 5, bbox.top + bbox.height + 6);
            ctx.lineTo(x + 5, bbox.top + bbox.height + 6);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.fill();
            ctx.restore();
          }
        });
        return <></>;
      }}
    </TimeSeries>
  );
}

function StateTimeline(props: any) {
  const frames: DataFrame[] = props.data.series;
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.type === FieldType.time)!;
    return frame.fields
      .filter((field) => field.type === FieldType.number)
      .map((field) => ({ name: getFieldDisplayName(field, frame, frames), time, field }));
  });
  if (!rows.length) return empty(props);
  record(props, { names: rows.map(({ name }) => name) });
  const [left, bottom] = [150, 22];
  const [from, to] = [props.timeRange.from.valueOf(), props.timeRange.to.valueOf()];
  const x = (time: number) => left + ((time - from) / (to - from)) * (props.width - left - 8);
  const height = (props.height - bottom) / rows.length;
  const states = ({ time, field }: { time: Field; field: Field }) => {
    const found: { value: unknown; start: number; end: number }[] = [];
    time.values.forEach((at: number, i: number) => {
      const value = field.values[i];
      const last = found[found.length - 1];
      if (last) last.end = at;
      if (last?.value !== value) found.push({ value, start: at, end: to });
    });
    if (found.length) found[found.length - 1].end = to;
    return found;
  };
  return (
    <svg width={props.width} height={props.height} fontSize={12} fill="#ccc">
      {rows.map((row, i) => {
        const display = row.field.display ?? getDisplayProcessor({ field: row.field, theme: world.theme });
        const middle = (i + 0.5) * height + 4;
        return (
          <g key={i}>
            <text x={left - 8} y={middle} textAnchor="end">{row.name}</text>
            {states(row).map(({ value, start, end }, k) => {
              const { color, ...text } = display(value);
              const width = Math.max(1, x(end) - x(start));
              return (
                <g key={k}>
                  <rect x={x(start)} y={i * height + 3} width={width} height={height - 6} fill={color} fillOpacity={0.7} />
                  {width > 60 && <text x={x(start) + 6} y={middle} fill="#fff">{formattedValueToString(text)}</text>}
                </g>
              );
            })}
          </g>
        );
      })}
      {[0, 0.25, 0.5, 0.75].map((part) => {
        const time = from + part * (to - from);
        const text = new Date(time).toISOString();
        return <text key={part} x={x(time)} y={props.height - 4}>{to - from > 2 * 864e5 ? text.slice(5, 10) : text.slice(11, 16)}</text>;
      })}
    </svg>
  );
}

function Table(props: any) {
  const frame: DataFrame | undefined = props.data.series[0];
  if (!frame?.length) return empty(props);
  for (const { config } of frame.fields) {
    // As Grafana does with tables of older versions.
    if (config.custom?.hidden) config.custom.hideFrom = { ...config.custom.hideFrom, viz: true };
  }
  const visible = frame.fields.filter(({ config }) => !config.custom?.hideFrom?.viz);
  const text = (field: Field, i: number) => (field.display ? formattedValueToString(field.display(field.values[i])) : field.values[i]);
  record(props, {
    rows: frame.length,
    columns: visible.map((field) => getFieldDisplayName(field, frame)),
    first: visible.map((field) => text(field, 0)),
  });
  return (
    <TableNG
      data={frame} width={props.width} height={props.height} fieldConfig={props.fieldConfig} getActions={() => []}
      cellHeight={props.options.cellHeight} noHeader={!props.options.showHeader} sortBy={props.options.sortBy}
      structureRev={props.data.structureRev} {...({ enableVirtualization: false } as any)}
    />
  );
}

// The settings of each panel's own that a dashboard can have under `custom`.
const CUSTOM: Record<string, Record<string, unknown>> = {
  stat: {},
  bargauge: {},
  table: { align: 'auto', width: undefined, minWidth: undefined, cellOptions: { type: 'auto' }, inspect: false, filterable: false, hidden: false, hideFrom: undefined, wrapText: undefined },
  timeseries: {
    drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 0, gradientMode: 'none', lineStyle: undefined, spanNulls: false,
    showPoints: 'auto', pointSize: 5, stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto', axisLabel: '', axisSoftMin: undefined,
    axisSoftMax: undefined, axisColorMode: 'text', scaleDistribution: { type: 'linear' }, barAlignment: 0, barWidthFactor: 0.6,
    hideFrom: { legend: false, tooltip: false, viz: false }, thresholdsStyle: { mode: 'off' },
  },
  'state-timeline': { lineWidth: 0, fillOpacity: 70, spanNulls: false },
};
const PANELS: Record<string, React.ComponentType<any>> = {
  stat: Stat, bargauge: Bars, table: Table, timeseries: Lines, 'state-timeline': StateTimeline,
};

export function registerPanels() {
  for (const [pluginId, component] of Object.entries(PANELS)) {
    const plugin = new PanelPlugin(component).useFieldConfig({
      useCustomConfig: (builder) => {
        for (const [path, defaultValue] of Object.entries(CUSTOM[pluginId])) {
          builder.addCustomEditor({
            id: path, path, name: path, editor: () => null as any, override: () => null as any, process: identityOverrideProcessor,
            shouldApply: () => true, defaultValue, settings: {},
          });
        }
      },
    });
    sceneUtils.registerRuntimePanelPlugin({ pluginId, plugin });
  }
}
export const known = (type: string) => type in PANELS;
