// β and collapse: models that were trained on the same images with another weight of the rate, one below the other.
import { el, fixed } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { figure, sheet } from '../kit/gallery.js';
import { loadSweep } from './members.js';

const strip = (kind, words, { node }) => el('div', { class: kind }, el('span', { class: 'hint' }, words), node);

async function build({ data }) {
  const sweep = loadSweep(data),
    shape = sweep.spec.image_shape,
    first = sheet(shape, 8, 1, 'Eight images x');
  const row = (member) => {
    const images = sheet(shape, 8, 1, `Reconstructions with β = ${member.beta}`),
      samples = sheet(shape, 8, 1, `Samples with β = ${member.beta}`);
    const figures = [
      ['Distortion', 'd', 'distortion'],
      ['Rate', 'r', 'rate'],
      ['−ELBO', '', 'negative_elbo'],
    ].map(([name, kind, key]) => {
      const { node, set } = figure(name, kind);
      set(fixed(member[key], 1));
      return node;
    });
    const words = el('p', { class: 'hint' }),
      show = () => {
        if (member.full) (images.show(member.full.images), samples.show(member.full.samples.slice(0, 8)));
        words.textContent = member.problem ?? '';
      };
    const node = el(
      'section',
      {},
      el('h4', {}, data.titles[member.name] ?? member.name),
      el('div', { class: 'figures' }, figures),
      strip('made', 'x̂, decoded from z = μ', images),
      strip('drawn', 'samples from the prior', samples),
      words,
    );
    return { node, show };
  };
  const rows = sweep.members.map(row),
    top = el('section', {}, strip('made', 'x, eight test images', first));
  const root = el(
    'div',
    { class: 'twins', style: `--d: ${data.symbols.x_hat}; --r: ${data.symbols.z}` },
    top,
    rows.map(({ node }) => node),
  );
  const draw = () => {
    if (sweep.x) first.show(sweep.x);
    rows.forEach(({ show }) => show());
  };
  const unsubscribe = sweep.subscribe(draw);
  return { nodes: [root], update: draw, stop: unsubscribe };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
