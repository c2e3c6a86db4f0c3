import {
  actShape,
  faultsShape,
  imageBehaviourShape,
  interventionsShape,
  seedShape,
  settingsShape,
} from './control-shapes.ts';
import type { SimulatorControl } from './control.ts';
import { aNumber, aText, hasShape, object } from './shape.ts';
import type { Shape } from './shape.ts';

/** A call of the control API, without the prefix of its path. */
export type ControlCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
};

/** An answer of the control API. */
export type ControlAnswer = { readonly status: number; readonly body: unknown };

class ControlError extends Error {}

/** Answers a call of the control API; a wrong one gets 400 or 404 and a text that says why. */
export function answerControlCall(control: SimulatorControl, call: ControlCall): ControlAnswer {
  const route = routes[`${call.method} ${call.path}`];
  if (route === undefined) {
    return { status: 404, body: { message: `${call.method} ${call.path} is not part of the control API.` } };
  }
  try {
    const body = route(control, call);
    return body === undefined ? { status: 404, body: { message: 'There is no such image.' } } : { status: 200, body };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { status: 400, body: { message: error.message } };
  }
}

type Route = (control: SimulatorControl, call: ControlCall) => unknown;

const routes: Readonly<Record<string, Route>> = {
  'GET settings': (control) => control.settings(),
  'PATCH settings': doing(settingsShape, (control, settings) => control.changeSettings(settings)),
  'POST seed': doing(seedShape, (control, seed) => control.seed(seed)),
  'POST faults': doing(faultsShape, (control, faults) => control.addFaults(faults)),
  'DELETE faults': (control) => {
    control.clearFaults();
    return {};
  },
  'POST interventions': doing(interventionsShape, (control, given) => control.addInterventions(given)),
  'POST behaviour': doing(object({ image: aText, behaviour: imageBehaviourShape }, {}), (control, given) =>
    control.behave(given.image, given.behaviour),
  ),
  'POST act': (control, { body }) => control.act(bodyAs(actShape, body)),
  'GET journal': (control, { query }) => {
    const after = Number(query.get('after') ?? 0);
    return control.journal(imageIn(query)).filter(({ seq }) => seq > after);
  },
  'GET state': (control, { query }) => {
    const image = imageIn(query);
    return image === undefined ? control.images() : control.image(image);
  },
  'GET access-history': (control, { query }) => control.accessHistory(imageIn(query) ?? ''),
  'POST settle': (control) => {
    control.settle();
    return {};
  },
  'POST advance': doing(object({ durationMs: aNumber }, {}), (control, given) => control.advance(given.durationMs)),
  'POST reset': (control) => {
    control.reset();
    return {};
  },
};

/** A route that reads its body, does something and has nothing to tell. */
function doing<Value>(shape: Shape<Value>, act: (control: SimulatorControl, given: Value) => void): Route {
  return (control, { body }) => {
    act(control, bodyAs(shape, body));
    return {};
  };
}

function imageIn(query: URLSearchParams): string | undefined {
  return query.get('image') ?? undefined;
}

function bodyAs<Value>(shape: Shape<Value>, body: string): Value {
  const parsed = parseJson(body);
  if (hasShape(shape, parsed)) return parsed;
  throw new ControlError(shape.problems(parsed, '').join('; '));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new ControlError('The body is not JSON.');
  }
}
