// Prometheus as a data source: what Grafana's own does with a query and its answer, as far as the dashboards use it.
import { DataSourceApi, FieldType, toDataFrame, type DataFrame, type DataQueryRequest } from '@grafana/data';

type Labels = Record<string, string>;
type Result = { metric: Labels; value?: [number, string]; values?: [number, string][] };
type Target = { refId: string; expr: string; legendFormat?: string; instant?: boolean; interval?: string; format?: string };
export type Replace = (text: string, scopedVars?: unknown) => string;

const UNITS: Record<string, number> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
const milliseconds = (text: string) => {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * UNITS[unit];
};
// The steps between points that Grafana rounds to.
const STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400].map((s) => s * 1e3);

/** Every query that was asked, for the test. */
export const asked: { expr: string; series: number }[] = [];

async function ask(path: string, parameters: Record<string, string | number>): Promise<Result[]> {
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const answer = await (await fetch(`/prometheus/api/v1/${path}?${query}`)).json();
  if (answer.status !== 'success') throw new Error(`${parameters.query}: ${answer.error}`);
  const { resultType, result } = answer.data;
  return resultType === 'scalar' ? [{ metric: {}, value: result }] : result;
}

/** The samples of a query over a range, or now. */
export async function samples(expr: string, from: number, to: number, step: number | undefined): Promise<Result[]> {
  const left = expr.replace(/"(\\.|[^"\\])*"/g, '').match(/\$\w+|\$\{[^}]+\}/);
  if (left) throw new Error(`${left[0]} is not resolved in ${expr}`);
  const align = (time: number) => Math.floor(time / step!) * (step! / 1e3);
  const results = step
    ? await ask('query_range', { query: expr, start: align(from), end: align(to), step: step / 1e3 })
    : await ask('query', { query: expr, time: to / 1e3 });
  asked.push({ expr, series: results.length });
  return results;
}

const legend = (format: string | undefined, labels: Labels) => {
  if (format && format !== '__auto') return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  const { __name__ = '', ...rest } = labels;
  return `${__name__}{${Object.entries(rest).map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
};

/** A frame for each series. */
function series(target: Target, results: Result[]): DataFrame[] {
  return results.map(({ metric, value, values = [value!] }) =>
    toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: values.map(([at]) => at * 1e3) },
        {
          name: 'Value',
          type: FieldType.number,
          labels: metric,
          values: values.map(([, text]) => Number(text)),
          config: { displayNameFromDS: legend(target.legendFormat, metric) },
        },
      ],
    }),
  );
}

/** One frame of all, with a column for each label. The value's name bears the query's letter if others have data, too. */
function table(target: Target, results: Result[], alone: boolean): DataFrame {
  const labels = [...new Set(results.flatMap(({ metric }) => Object.keys(metric)))];
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: results.map(({ value }) => value![0] * 1e3) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: results.map(({ metric }) => metric[name]) })),
      {
        name: alone ? 'Value' : `Value #${target.refId}`,
        type: FieldType.number,
        values: results.map(({ value }) => Number(value![1])),
      },
    ],
  });
}

export class Prometheus extends DataSourceApi<any> {
  constructor(settings: any, private replace: Replace, private scrapeInterval: number) {
    super(settings);
  }

  async query(request: DataQueryRequest<any>) {
    const [from, to] = [request.range.from.valueOf(), request.range.to.valueOf()];
    const points = request.maxDataPoints || 1000;
    const rounded = STEPS.find((step) => step * points >= to - from) ?? 864e5;
    const answers = await Promise.all(
      request.targets.map(async (target: Target) => {
        const step = Math.max(rounded, this.scrapeInterval, target.interval ? milliseconds(target.interval) : 0);
        const rate = Math.max(step + this.scrapeInterval, 4 * this.scrapeInterval);
        const builtIn: Record<string, string> = {
          $__rate_interval: `${rate / 1e3}s`,
          $__interval: `${step / 1e3}s`,
          $__range: `${Math.round((to - from) / 1e3)}s`,
        };
        const known = target.expr.replace(/\$__(rate_interval|interval|range)\b/g, (name) => builtIn[name]);
        const expr = this.replace(known, request.scopedVars);
        return { target, results: await samples(expr, from, to, target.instant ? undefined : step) };
      }),
    );
    const full = answers.filter(({ results }) => results.length);
    const data = full.flatMap(({ target, results }) =>
      target.format === 'table' ? [table(target, results, full.length === 1)] : series(target, results),
    );
    return { data };
  }

  /** The values of a variable: `label_values(...)` or `query_result(...)`, as lines of text. */
  async metricFindQuery(query: any, options: any) {
    const text: string = this.replace(query.query ?? query, options?.scopedVars);
    const [, kind, inner] = /^(label_values|query_result)\((.*)\)$/s.exec(text) ?? [];
    const to = options?.range?.to?.valueOf() ?? Date.now();
    if (kind === 'query_result') {
      const results = await samples(inner, to, to, undefined);
      return results.map(({ metric: { __name__ = '', ...labels }, value }) => ({
        text: `${__name__}{${Object.entries(labels).map(([k, v]) => `${k}="${v}"`).join(',')}} ${value![1]} ${value![0] * 1e3}`,
      }));
    }
    if (kind === 'label_values') {
      const [, selector, label] = /^(.*),\s*(\w+)$/s.exec(inner)!;
      const results = await samples(`group by (${label}) (${selector})`, to, to, undefined);
      return results.map(({ metric }) => ({ text: metric[label] }));
    }
    throw new Error(`unknown query of a variable: ${text}`);
  }

  async testDatasource() {
    return { status: 'success', message: '' };
  }
}

/** An annotation's marks: one for each time that its series have as values. */
export async function marks(annotation: any, from: number, to: number, replace: Replace) {
  const results = await samples(replace(annotation.expr), from, to, milliseconds(annotation.step));
  return results.flatMap(({ metric, values }) =>
    [...new Set(values!.map(([, text]) => Number(text)))].map((time) => ({
      time,
      color: annotation.iconColor,
      title: `${legend(annotation.titleFormat, metric)} ${legend(annotation.textFormat, metric)}`,
    })),
  );
}
