// β and collapse: a slider through a sweep of models, and what each of them makes of the same images and the same noise.
import { el, fixed } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { codemap } from './codemap.js';
import { figure, sheet } from '../kit/gallery.js';
import { loadSweep } from './members.js';
import { tradeoff } from './tradeoff.js';
import { units } from './units.js';

const TELL_MS = 200; // arrow keys let go again and again: Python hears of the last one only
const short = (value) => String(Number(value.toPrecision(3)));

function slider(sweep) {
  const { members } = sweep,
    last = members.length - 1,
    move = (final) => () => sweep.choose(+input.value, final);
  const input = el('input', {
    type: 'range',
    min: 0,
    max: last,
    step: 1,
    'aria-label': 'β',
    oninput: move(false),
    onchange: move(true),
  });
  const stops = members.map(({ beta }, k) =>
    el('button', { tabindex: -1, onclick: () => sweep.choose(k) }, short(beta)),
  );
  const head = el('output', { class: 'chosen' });
  const node = el(
    'div',
    { class: 'stops', style: `--stops: ${members.length}` },
    head,
    el('div', {}, input, el('div', {}, stops)),
  );
  const show = () => {
    const { chosen, index } = sweep;
    Object.assign(input, { value: index, ariaValueText: `β = ${chosen.beta}` });
    head.textContent = `β = ${short(chosen.beta)}`;
    stops.forEach((stop, k) => (stop.ariaPressed = k === index));
  };
  return { node, show };
}

function numbers(sweep) {
  const parts = [
    figure('Distortion', 'd', 'nats'),
    figure('Rate', 'r', 'nats'),
    figure('−ELBO', '', 'nats'),
    figure('Active units'),
  ];
  const show = () => {
    const { distortion, rate, negative_elbo: sum, active_units: active } = sweep.chosen;
    [fixed(distortion, 1), fixed(rate, 1), fixed(sum, 1), `${active} of ${sweep.latent}`].forEach((text, k) =>
      parts[k].set(text),
    );
  };
  return {
    node: el(
      'div',
      { class: 'figures' },
      parts.map(({ node }) => node),
    ),
    show,
  };
}

function pictures(sweep) {
  const shape = sweep.spec.image_shape,
    samples = sheet(shape, 6, 4, '24 samples from the prior'),
    words = el('p', { class: 'hint' });
  const images = sheet(shape, 8, 1, 'Eight images x'),
    made = sheet(shape, 8, 1, 'Their reconstructions x̂');
  const show = () => {
    const { chosen } = sweep,
      decoded = chosen.store && sweep.decoded(chosen);
    for (const { node } of [samples, made]) node.classList.toggle('waiting', !decoded);
    if (sweep.x) images.show(sweep.x);
    if (decoded) (samples.show(decoded.samples), made.show(decoded.images));
    const honest = `The test images are not on this machine: x is what the model of β = ${sweep.stand.beta} reconstructs of them.`;
    words.textContent = chosen.problem ?? sweep.problem ?? (sweep.standsIn ? honest : '');
  };
  return { samples: samples.node, images: images.node, made: made.node, words, show };
}

const card = (name, words, hint, node) =>
  el('figure', {}, el('figcaption', {}, el('b', {}, name), ` ${words} `, el('span', { class: 'hint' }, hint)), node);

async function build({ data }) {
  const sweep = loadSweep(data),
    {
      symbols: { x, x_hat: d, z: r },
      parts,
    } = data,
    whole = parts.includes('sweep');
  const shown = pictures(sweep),
    bars = units(sweep, parts.includes('collapse'));
  const samples = card('Samples', 'decoded from 24 draws of the prior.', 'The same draws for every β.', shown.samples),
    notice = el('p');
  const pairs = el(
    'div',
    { class: 'pairs' },
    el('b', { class: 'x' }, 'x'),
    shown.images,
    el('b', { class: 'd' }, 'x̂'),
    shown.made,
  );
  const left = card('Reconstructions', 'of eight test images, decoded from z = μ', '', pairs);
  const right = el(
    'div',
    { class: 'carried' },
    el('p', {}, el('b', {}, 'KL of each dimension'), ', ranked'),
    bars.bars,
  );
  const root = el(
      'div',
      { class: parts.length > 1 ? 'beta' : 'beta few', style: `--x: ${x}; --d: ${d}; --r: ${r}` },
      notice,
    ),
    moved = [shown, bars],
    stops = [];
  left.append(shown.words, ...bars.costs);
  if (whole) {
    const head = slider(sweep),
      large = numbers(sweep),
      map = codemap(sweep, data),
      plane = tradeoff(sweep);
    const plan = card(
      'Rate and distortion',
      'of each model.',
      'Thin: equal −ELBO. Dashed: slope −β. Click a dot.',
      plane.node,
    );
    root.append(
      el('div', { class: 'head' }, head.node, large.node),
      el('div', { class: 'views' }, el('figure', {}, map.words, map.node), samples, plan),
    );
    moved.unshift(head, large, map, plane);
    stops.push(map.stop, plane.stop);
  } else left.append(samples);
  root.append(el('div', { class: 'low' }, left, right));

  let component,
    timer,
    known,
    count = 0;
  const said = (name, off = '') => `${name} ${off}`;
  const tell = () => {
    const { store, name } = sweep.chosen,
      off = store?.address.off ?? '';
    if (said(name, off) === known) return;
    known = said(name, off);
    sweep.tell();
    // Counted, because what is told again must be heard again.
    component.setStateValue('state', { token: store?.token ?? '', model: name, off, count: (count += 1) });
  };
  const draw = () => {
    for (const { show } of moved) show();
    const { store } = sweep.chosen,
      { token, state, chosen } = component?.data ?? {};
    // What Python knows of a model's switches is heard once its store is there, and again only under a new token.
    if (!store || chosen !== sweep.chosen.name || store.token === token) return;
    store.token = token;
    store.apply(state);
    clearTimeout(timer);
    timer = setTimeout(tell, TELL_MS); // a switch may have been flipped before the token was here
  };
  const unsubscribe = sweep.subscribe((final) => {
    draw();
    clearTimeout(final ? timer : 0);
    if (final) timer = setTimeout(tell, TELL_MS);
  });
  const update = (latest) => {
    component = latest;
    known = said(latest.data.chosen, latest.data.state.off);
    // It stays when the hand moves on from there: nothing jumps under it.
    if (sweep.hear(latest.data.chosen) || latest.data.notice) notice.textContent = latest.data.notice;
    notice.hidden = !notice.textContent;
    draw();
  };
  return { nodes: [root], update, stop: () => (clearTimeout(timer), unsubscribe(), stops.forEach((stop) => stop())) };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
