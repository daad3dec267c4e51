// A page that shows a dashboard as Grafana would, by Grafana's own packages as far as they go.
import {
  EventBusSrv, FieldType, LoadingState, ThresholdsMode, createTheme, displayNameOverrideProcessor, getValueFormats, identityOverrideProcessor,
  numberOverrideProcessor, standardEditorsRegistry, standardFieldConfigEditorRegistry, standardTransformers,
  standardTransformersRegistry, thresholdsOverrideProcessor, unitOverrideProcessor, valueMappingsOverrideProcessor,
} from '@grafana/data';
import {
  config, setAppEvents, setBackendSrv, setDataSourceSrv, setEchoSrv, setPluginImportUtils, setRunRequest, setTemplateSrv,
} from '@grafana/runtime';
import {
  ConstantVariable, DataSourceVariable, EmbeddedScene, QueryVariable, SceneControlsSpacer, SceneDataTransformer, SceneGridItem,
  SceneGridLayout, SceneGridRow, SceneQueryRunner, SceneRefreshPicker, SceneTimePicker, SceneTimeRange, SceneVariableSet,
  VariableValueSelectors, VizPanel, sceneGraph,
} from '@grafana/scenes';
import { GlobalStyles, ThemeContext } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { catchError, from, map, of } from 'rxjs';
import { known, registerPanels, shown, world } from './panels';
import { Prometheus, asked, marks } from './prometheus';

const errors: string[] = [];
const fail = (what: string, error?: any) => errors.push(`${what} ${error?.data?.message ?? error?.message ?? error ?? ''}`);
window.addEventListener('error', (event) => fail('script:', event.message));
window.addEventListener('unhandledrejection', (event) => fail('promise:', event.reason));

let scene: EmbeddedScene;
const replace = (text = '', scopedVars?: any, format?: any): string => {
  const within = scopedVars?.__sceneObject?.value?.valueOf?.() ?? scene;
  return within && text ? sceneGraph.interpolate(within, text, scopedVars, format) : text;
};

/** What Grafana sets up before it shows anything. */
function setUp(scrapeInterval: number) {
  world.theme = createTheme({ colors: { mode: 'dark' } });
  config.theme2 = world.theme;
  const editor = (id: string, process: any = identityOverrideProcessor, defaultValue?: unknown) => ({
    id, path: id, name: id, editor: () => null, override: () => null, process, shouldApply: () => true, defaultValue, settings: {},
  });
  const number = (id: string) => ({ ...editor(id, numberOverrideProcessor), shouldApply: (field: any) => field.type === FieldType.number });
  standardFieldConfigEditorRegistry.setInit(() => [
    editor('displayName', displayNameOverrideProcessor), editor('unit', unitOverrideProcessor), number('min'), number('max'),
    editor('decimals', numberOverrideProcessor), editor('mappings', valueMappingsOverrideProcessor, []),
    editor('thresholds', thresholdsOverrideProcessor, { mode: ThresholdsMode.Absolute, steps: [{ value: -Infinity, color: 'green' }] }),
    ...['color', 'links', 'noValue', 'filterable', 'description', 'fieldMinMax', 'actions'].map((id) => editor(id)),
  ] as any);
  standardEditorsRegistry.setInit(() => []);
  standardTransformersRegistry.setInit(
    // Some are listed under two names.
    () => [...new Map(Object.values(standardTransformers).map((it: any) => [it.id, it])).values()].filter(({ id }) => id && id !== 'noop').map((it) => ({
      id: it.id, name: it.name, description: '', editor: () => null, transformation: async () => it, imageDark: '', imageLight: '',
    })) as any,
  );
  setTemplateSrv({ replace, getVariables: () => [], containsTemplate: (text?: string) => !!text?.includes('$'), updateTimeRange() {} } as any);
  setBackendSrv({} as any);
  setEchoSrv({ addEvent() {}, addBackend() {}, flush() {} } as any);
  setAppEvents(new EventBusSrv());
  const settings: any = {
    id: 1, uid: 'prometheus', type: 'prometheus', name: 'Prometheus', access: 'proxy', isDefault: true, jsonData: {},
    meta: { id: 'prometheus', name: 'Prometheus', type: 'datasource', metrics: true, info: { logos: {} } },
  };
  const source = new Prometheus(settings, replace, scrapeInterval);
  source.meta = settings.meta;
  setDataSourceSrv({
    get: async (reference: any, scopedVars: any) => {
      const uid = replace(reference?.uid ?? reference, scopedVars);
      if (uid !== 'prometheus') fail('no such data source:', uid);
      return source;
    },
    getInstanceSettings: () => settings,
    getList: () => [settings],
    reload() {},
    registerRuntimeDataSource() {},
  } as any);
  setPluginImportUtils({
    importPanelPlugin: async (id: string) => {
      throw new Error(`no such panel: ${id}`);
    },
    getPanelPluginFromCache: () => undefined,
  } as any);
  setRunRequest(((dataSource: any, request: any) =>
    from(dataSource.query(request)).pipe(
      map((answer: any) => ({ state: LoadingState.Done, series: answer.data, timeRange: request.range, request })),
      catchError((error) => {
        fail('query:', error);
        return of({ state: LoadingState.Error, series: [], timeRange: request.range, request, error });
      }),
    )) as any);
}

function variable(it: any, selected: Record<string, string>) {
  const base = { name: it.name, label: it.label, hide: it.hide };
  const value = selected[it.name] ? { value: selected[it.name], text: selected[it.name] } : {};
  switch (it.type) {
    case 'datasource':
      return new DataSourceVariable({ ...base, pluginId: it.query, value: 'prometheus', text: 'Prometheus' });
    case 'constant':
      return new ConstantVariable({ ...base, value: it.query });
    case 'query':
      return new QueryVariable({
        ...base, ...value, datasource: it.datasource, query: it.query, regex: it.regex, sort: it.sort, refresh: it.refresh,
        isMulti: it.multi, includeAll: it.includeAll, allValue: it.allValue, ...(it.includeAll ? { value: ['$__all'], text: ['All'] } : {}),
      });
    default:
      throw new Error(`unknown type of variable: ${it.type}`);
  }
}

function item(it: any) {
  if (!known(it.type)) fail(`${it.title}: no such panel:`, it.type);
  const runner = new SceneQueryRunner({ datasource: it.datasource, queries: it.targets, minInterval: it.interval });
  const body = new VizPanel({
    key: `panel-${it.id}`, title: it.title, description: it.description, pluginId: it.type, options: it.options, fieldConfig: it.fieldConfig,
    $data: it.transformations ? new SceneDataTransformer({ $data: runner, transformations: it.transformations }) : runner,
  });
  const { x, y, w, h } = it.gridPos;
  return new SceneGridItem({ x, y, width: w, height: h, body });
}

async function show() {
  const { dashboard, selected, range, to, scrapeInterval } = await (await fetch('/what')).json();
  await document.fonts.load('12px Inter');
  setUp(scrapeInterval);
  // Grafana takes an unknown unit for text to append.
  const units = new Set(getValueFormats().flatMap(({ submenu }) => submenu.map(({ value }) => value)));
  for (const [, unit] of JSON.stringify(dashboard).matchAll(/"unit":"([^"]+)"/g)) {
    if (!units.has(unit) && !unit.startsWith('suffix:')) fail('no such unit:', unit);
  }
  registerPanels();
  const children: any[] = [];
  for (const it of dashboard.panels) {
    if (it.type === 'row') children.push(new SceneGridRow({ title: it.title, y: it.gridPos.y, key: `row-${it.id}`, children: [] }));
    else {
      const row = children[children.length - 1];
      if (row instanceof SceneGridRow) row.setState({ children: [...row.state.children, item(it)] });
      else children.push(item(it));
    }
  }
  const lasting = { h: 36e5, d: 864e5 }[range.slice(-1) as 'h' | 'd'] * Number(range.slice(0, -1));
  const [start, end] = [new Date(to - lasting), new Date(to)];
  scene = new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: start.toISOString(), to: end.toISOString(), timeZone: 'utc' }),
    $variables: new SceneVariableSet({ variables: dashboard.templating.list.map((it: any) => variable(it, selected)) }),
    controls: [new VariableValueSelectors({}), new SceneControlsSpacer(), new SceneTimePicker({}), new SceneRefreshPicker({})],
    body: new SceneGridLayout({ children }),
  });
  const View: any = scene.Component;
  createRoot(document.getElementById('root')!).render(
    <ThemeContext.Provider value={world.theme}>
      <GlobalStyles />
      <MemoryRouter>
        <div style={{ padding: '8px 8px 0', height: '100vh', display: 'flex', flexDirection: 'column' }}>
          <h3 style={{ margin: '6px 8px 2px' }}>{dashboard.title}</h3>
          <View model={scene} />
        </div>
      </MemoryRouter>
    </ThemeContext.Provider>,
  );
  // Annotations need the variables, which have their values soon after the first rendering.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const it of dashboard.annotations.list) {
    const found = await marks(it, start.valueOf(), end.valueOf(), replace).catch((error) => (fail('marks:', error), []));
    world.marks.push(...found);
  }
  world.plots.forEach((plot) => plot.redraw());
}

Object.assign(window, {
  state: () => ({
    errors, panels: shown, asked, marks: world.marks,
    variables: scene?.state.$variables?.state.variables.map(({ state }: any) => ({ name: state.name, value: String(state.value), text: String(state.text), options: state.options?.length })),
  }),
});
show().catch((error) => fail('page:', error));
