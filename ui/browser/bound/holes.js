// KL and ELBO: samples from the prior among the test codes, which of them fall into holes, and the aggregate posterior.
import { column, decomposition, histogram, masses, outside } from '../core/aggregate.js';
import { Plot } from '../kit/axes.js';
import { loadBatch } from '../work/decoding.js';
import { coalesce } from '../kit/frames.js';
import { drawPixels } from '../kit/sample.js';
import { el, fixed, picture, symbol } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { density } from '../core/bounds.js';
import { normals } from '../core/prior.js';
import { conversation, loadStore } from '../state/store.js';
import { loadTables } from '../work/load.js';

const SAMPLES = 500,
  TILES = 12,
  OTHERS = 200,
  SLICE = 20;
const BINS = 48,
  PRIOR = { mu: 0, sigma: 1 };

const select = (label, names, onchange) => {
  const list = el(
    'select',
    { onchange: () => onchange(+list.value) },
    names.map((name, i) => el('option', { value: i }, name)),
  );
  return { list, node: el('label', {}, `${label} `, list) };
};
const high = (values, share) => values.slice().sort()[Math.floor(share * (values.length - 1))];

/** The samples, the test codes and what is shown of them. */
class Holes {
  constructor(data, store) {
    const { latent } = store.vae,
      kl = data.kl ?? [],
      { symbols } = data,
      names = Array.from({ length: latent }, (_, i) => symbol('z', i));
    Object.assign(this, {
      data,
      store,
      latent,
      symbols,
      ranked: [...names.keys()].sort((a, b) => kl[b] - kl[a] || 0),
      normal: normals(),
    });
    this.dimension = this.ranked[0];
    this.soon = coalesce(() => this.plane?.redraw());
    this.plane = new Plot('Samples from the prior among the test codes', (plot) => this.map(plot), {
      margins: { left: 44, right: 10 },
      room: [50, 50],
    });
    this.spread = new Plot(
      'One dimension: the means, the aggregate posterior and the prior',
      (plot) => this.bars(plot),
      { names: ['', 'density'] },
    );
    this.across = select('across', names, (i) => this.choose(i, this.axes[1] === i ? this.axes[0] : this.axes[1]));
    this.up = select('up', names, (j) => this.choose(this.axes[0] === j ? this.axes[1] : this.axes[0], j));
    this.which = select('Dimension', names, (i) => ((this.dimension = i), this.weigh()));
    this.which.list.value = this.dimension;
    this.said = el('output', { 'aria-live': 'polite' }, 'Decoding samples…');
    this.groups = ['hole', 'covered'].map((kind) => ({
      title: el('h4'),
      tiles: el('div', { class: `tiles ${kind}` }),
    }));
    this.split = el('p');
    this.furnish();
  }

  furnish() {
    const { latent, symbols } = this,
      buttons = (...nodes) => el('div', { class: 'buttons' }, ...nodes);
    const lines = {
      mu: 'means μ of the test images',
      z: 'aggregate posterior: the mean of all q(z|x)',
      p: 'prior N(0, 1)',
    };
    const legend = el(
      'div',
      { class: 'key' },
      Object.entries(lines).map(([kind, words]) => el('span', { class: kind }, words)),
    );
    const more = latent > 2 ? ' Only two dimensions are seen: in the others, a sample may be far.' : '';
    const hint = `Grey: test codes. Discs: samples in covered places; rings: in holes.${more}`;
    this.root = el(
      'div',
      { class: 'holes', style: `--mu: ${symbols.mu}; --z: ${symbols.z}` },
      el(
        'div',
        { class: 'plane' },
        buttons(
          el('button', { onclick: () => this.draw() }, 'Draw again'),
          latent > 2 ? [this.across.node, this.up.node] : null,
        ),
        this.plane.node,
        el('p', { class: 'hint' }, hint),
      ),
      el(
        'div',
        { class: 'answers' },
        this.said,
        this.groups.flatMap(({ title, tiles }) => [title, tiles]),
      ),
      el(
        'div',
        { class: 'spread' },
        buttons(latent > 1 ? this.which.node : null, legend),
        this.spread.node,
        this.split,
      ),
    );
    this.watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.begin());
    this.watcher.observe(this.root);
  }

  /** Somebody sees it: load what it needs. */
  begin() {
    this.watcher.disconnect();
    const load = async () => {
      const [codes, widths] = await loadTables(this.data, 'codes', 'widths');
      this.mu = codes.mu.data;
      this.logvar = widths.logvar.data;
      this.precision = this.logvar.map((v) => Math.exp(-v));
      this.batch = await loadBatch(this.data);
      this.follow();
      this.weigh();
      this.draw();
      await this.compare();
    };
    load().catch((error) => this.said.replaceChildren(error.message));
  }

  get axes() {
    const [, i, j] = this.store.view.plane?.match(/^z(\d+)-z(\d+)$/) ?? [];
    return i ? [i - 1, j - 1] : this.latent > 2 ? this.ranked.slice(0, 2) : [0, 1];
  }

  choose(i, j) {
    this.store.view = { ...this.store.view, plane: `z${i + 1}-z${j + 1}` };
    this.store.changed();
  }

  follow() {
    const axes = this.axes;
    if (!this.mu || `${axes}` === `${this.shown}`) return;
    [this.shown, this.across.list.value, this.up.list.value] = [axes, ...axes];
    this.soon();
  }

  draw() {
    if (!this.batch) return;
    const { latent, mu, precision } = this,
      codes = Float32Array.from({ length: SAMPLES * latent }, this.normal),
      all = [];
    this.batch.ask('holes', codes, ({ from, images, done }) => {
      images.forEach((image, i) => {
        const code = codes.subarray((from + i) * latent, (from + i + 1) * latent),
          far = outside(mu, precision, latent, code);
        all.push({ code, image, far, hole: far > 1 });
      });
      if (done) this.take(all);
    });
  }

  /** A draw from the posterior of some test image. */
  posteriorDraw() {
    const { latent, mu, logvar, normal } = this,
      index = Math.floor((Math.random() * mu.length) / latent),
      start = index * latent;
    return {
      index,
      code: mu.slice(start, start + latent).map((m, d) => m + Math.exp(logvar[start + d] / 2) * normal()),
    };
  }

  /** How many draws from posteriors fall into holes, their own image left out: what the share of the prior's is to be held against. */
  async compare() {
    const { mu, precision, latent } = this;
    let holes = 0;
    for (let k = 0; k < OTHERS; k++) {
      const { index, code } = this.posteriorDraw();
      holes += outside(mu, precision, latent, code, index) > 1;
      if (k % SLICE === 0) await new Promise(requestAnimationFrame);
    }
    this.usual = holes / OTHERS;
    if (this.all) this.say();
  }

  take(all) {
    const holes = all.filter(({ hole }) => hole),
      covered = all.filter(({ hole }) => !hole),
      few = covered.length < TILES;
    const shown = [holes, few ? [...covered, ...this.instead()] : covered];
    Object.assign(this, { all, lit: null });
    [
      'From holes',
      `From covered places${few ? `: ${covered.length || 'none'} of these, then draws from posteriors` : ''}`,
    ].forEach((title, i) => {
      const tiles = shown[i].slice(0, TILES).map((sample) => this.tile(sample));
      this.groups[i].title.textContent = title;
      this.groups[i].tiles.replaceChildren(
        ...(tiles.length ? tiles : [el('p', { class: 'hint' }, `None of these ${SAMPLES}.`)]),
      );
    });
    Object.assign(this.root.dataset, { holes: holes.length, drawn: (+this.root.dataset.drawn || 0) + 1 });
    this.say();
    this.soon();
  }

  /** Draws from posteriors, decoded here: a dozen only. */
  instead() {
    const {
        mu,
        precision,
        latent,
        store: { vae },
      } = this,
      codes = Array.from({ length: TILES }, () => this.posteriorDraw().code);
    return codes.map((code) => ({
      code,
      far: outside(mu, precision, latent, code),
      image: vae.mean(code).map((value) => 255 * value),
    }));
  }

  say() {
    const share = (value) => `${fixed(100 * value, 1)} %`,
      { all, usual } = this,
      holes = all.filter(({ hole }) => hole).length;
    const others =
      usual == null ? '' : ` Of samples from the posteriors, ${share(usual)} do, their own image left out.`;
    const words = ` of ${SAMPLES} samples from the prior fall into holes`,
      hole = 'Hole: in no test image’s posterior (95 % ellipsoid)';
    this.said.replaceChildren(
      el('strong', {}, el('span', { class: 'number' }, share(holes / SAMPLES)), words),
      el('span', { class: 'hint' }, `${hole}, so the decoder was hardly trained there.${others}`),
    );
    this.root.dataset.usual = usual ?? '';
  }

  tile(sample) {
    const { code, far, image } = sample,
      canvas = picture(''),
      light = (on) => () => ((this.lit = on && sample), this.soon());
    drawPixels(canvas, image, this.store.vae.shape, 255);
    const words = `${far > 1 ? 'In a hole' : 'Covered'}: ${fixed(far)} times as far from the nearest mean as that posterior reaches`;
    const [show, hide] = [light(true), light(false)],
      hands = { onpointerenter: show, onpointerleave: hide, onfocus: show, onblur: hide };
    return el(
      'button',
      { title: words, 'aria-label': words, 'data-code': [...code].join(), 'data-far': far, ...hands },
      canvas,
    );
  }

  map(plot) {
    if (!this.mu) return;
    const {
        axes: [i, j],
        latent,
        symbols: { z: colour },
        all = [],
        lit,
      } = this,
      at = (code) => [code[i], code[j] ?? 0];
    if (this.dusted !== `${i},${j}`) {
      this.xy = Float32Array.from({ length: (2 * this.mu.length) / latent }, (_, k) =>
        k & 1 && j >= latent ? 0 : this.mu[(k >> 1) * latent + (k & 1 ? j : i)],
      );
      this.dusted = `${i},${j}`;
    }
    const {
        size: [width, height],
        margins: { left, right, top, bottom },
      } = plot,
      tall = (height - top - bottom) / (width - left - right);
    const side = Math.max(3.6, 1.1 * high(this.xy.map(Math.abs), 0.998));
    plot.names = [symbol('z', i), j < latent ? symbol('z', j) : ''];
    plot.frame([-side, side], [-side * tall, side * tall]);
    plot.dust(this.xy, this.xy.length > 5000 ? 2 : 4, { colour: '#8a8a8a', alpha: 0.55 });
    for (const { code, hole } of all)
      if (hole) plot.spot(...at(code), 4.5, { colour, ring: true, width: 2 });
      else plot.spot(...at(code), 3, { colour, alpha: 0.7 });
    if (lit) plot.spot(...at(lit.code), 11, { ring: true, width: 4 });
  }

  /** The chosen dimension: histogram, aggregate posterior, and what its rate is spent on. */
  weigh() {
    if (!this.logvar) return;
    const { latent, dimension, mu, logvar } = this,
      means = column(mu, latent, dimension),
      logvars = column(logvar, latent, dimension);
    const side = Math.max(4, 1.1 * high(means.map(Math.abs), 0.999)),
      { rate, marginal, information } = decomposition(means, logvars);
    const part = (value) => el('b', { class: 'number' }, fixed(value));
    this.weighed = {
      side,
      shares: histogram(means, -side, side, BINS),
      aggregate: masses(means, logvars, -side, side, 4 * BINS),
    };
    const words = [
      'Of its mean rate, ',
      part(rate),
      ' nats, ',
      part(information),
      ' tell which image it is; ',
      part(marginal),
    ];
    this.split.replaceChildren(...words, ' is the KL of the aggregate posterior from the prior.');
    this.spread.redraw();
  }

  bars(plot) {
    if (!this.weighed) return;
    const {
        weighed: { side, shares, aggregate },
        symbols: { mu, z },
      } = this,
      width = (2 * side) / BINS,
      fine = width / 4;
    const top =
      1.1 *
      Math.max(
        0.4,
        ...shares.map((share) => Math.min(2, share / width)),
        ...aggregate.map((share) => Math.min(2, share / fine)),
      );
    plot.names[0] = symbol('z', this.dimension);
    plot.frame([-side, side], [0, top]);
    shares.forEach((share, b) => {
      const [left, right] = [-side + b * width, -side + (b + 0.92) * width],
        height = share / width;
      plot.area(
        [
          [left, height],
          [right, height],
        ],
        [
          [left, 0],
          [right, 0],
        ],
        { colour: mu, alpha: 0.45 },
      );
    });
    plot.line(
      Array.from(aggregate, (share, b) => [-side + (b + 0.5) * fine, share / fine]),
      { colour: z, width: 3 },
    );
    plot.line(
      Array.from({ length: 201 }, (_, i) => -side + (side * i) / 100).map((t) => [t, density(t, PRIOR)]),
      { width: 2.5, dash: [7, 5] },
    );
  }

  stop() {
    this.watcher.disconnect();
    this.plane.stop();
    this.spread.stop();
  }
}

async function build({ data }) {
  if (!data.tables.codes) throw new Error('The test images of this model have not been encoded yet.');
  const store = await loadStore(data),
    holes = new Holes(data, store),
    { hear, stop } = conversation(store);
  const unsubscribe = store.subscribe(() => holes.follow());
  const update = (component) => (hear(component), holes.follow(), holes.soon(), holes.spread.redraw());
  return { nodes: [holes.root], update, stop: () => (stop(), unsubscribe(), holes.stop()) };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
