// Notes what the eye would see, and when: in a page before its own code, read by benchmarks/interaction.py as window.probe.
{
  const LABEL = ' decoded from z'; // after what the kind of example is called
  const WIDE = 200; // pixels: a picture of all dots, not of one image
  const GROUP = 10; // decodes timed together: the clock ticks every 0.1 ms
  // The pad listens to the same: ahead of pointermove, which waits for the next frame.
  const MOVE = 'onpointerrawupdate' in window ? 'pointerrawupdate' : 'pointermove';
  const fresh = () => ({ events: 0, inputs: 0, draws: 0, asked: 0, frames: 0, latencies: [] });
  const probe = (window.probe = { ...fresh(), title: 0, picture: 0, dots: 0, started: 0, reached: 0, loads: 0, tasks: [] });
  let target = null, waiting = [], changed = false, wished = false, last = null, running = 0;

  const on = (name, listener) => addEventListener(name, (event) => running && listener(event), { capture: true });
  on(MOVE, (event) => {
    const merged = event.getCoalescedEvents();
    for (const { timeStamp } of merged.length ? merged : [event]) waiting.push(timeStamp);
    probe.events += merged.length || 1;
  });
  on('input', () => {
    wished = true;
    probe.inputs++;
  });

  const settle = () => {
    const now = performance.now();
    probe.latencies.push(...waiting.map((moment) => now - moment));
    waiting = [];
  };
  const drew = () => {
    changed = true;
    probe.draws++;
  };
  const compare = (words) => {
    if (!last || words.some((word, i) => word !== last[i])) drew();
    last = words.slice();
  };

  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (image, ...more) {
    put.call(this, image, ...more);
    if (running && this.canvas === target) {
      settle();
      compare(new Uint32Array(image.data.buffer));
    }
    if (image.width > WIDE) {
      probe.dots ||= performance.now();
      if (running && target === 'dots') drew();
    }
    if (!probe.picture && this.canvas.ariaLabel?.endsWith(LABEL) && new Set(image.data).size > 8) probe.picture = performance.now();
  };

  /** Count from here: new pixels of a canvas, or draws of 'dots', or changes of an attribute of an element. */
  probe.begin = (counted, attribute) => {
    Object.assign(probe, fresh());
    [target, waiting, changed, wished, last] = [attribute ? null : counted, [], false, false, null];
    if (attribute) new MutationObserver(() => (settle(), drew())).observe(counted, { attributeFilter: [attribute] });
    running = requestAnimationFrame(function frame() {
      probe.frames += changed;
      probe.asked += wished;
      changed = wished = false;
      running = requestAnimationFrame(frame);
    });
  };

  /** What was counted; counting ends, and what has not been answered until now was late. */
  probe.end = () => {
    settle();
    cancelAnimationFrame(running);
    running = 0;
    const { events, inputs, draws, asked, frames, latencies } = probe;
    return { events, inputs, draws, asked, frames, latencies };
  };

  /** From the next click on, `reached` is the end of the first frame with an attribute of an element. */
  probe.fromClick = (element, attribute) => {
    addEventListener('click', ({ timeStamp }) => (probe.started ||= timeStamp), { capture: true });
    const drawn = () => (probe.reached ||= performance.now()); // asked for after the widget's own frame, so it runs after it
    new MutationObserver(() => requestAnimationFrame(drawn)).observe(element, { attributeFilter: [attribute] });
  };

  /** From the next release of the pointer on, `reached` is the arrival of an <img>; `loads` are those before it. */
  probe.fromRelease = () => {
    addEventListener('pointerup', ({ timeStamp }) => (probe.started = timeStamp), { capture: true });
    const loaded = ({ target: { tagName } }) => {
      if (tagName === 'IMG' && probe.started) probe.reached ||= performance.now();
      else if (tagName === 'IMG') probe.loads++;
    };
    document.addEventListener('load', loaded, { capture: true }); // a window does not see it
  };

  const resource = (end) => performance.getEntriesByType('resource').find(({ name }) => name.endsWith(end));
  /** When a file was asked for, by the end of its address. */
  probe.asked = (end) => resource(end)?.startTime;

  /** Compressed bytes of the lab's own modules. */
  probe.moduleBytes = () => {
    const loaded = performance.getEntriesByType('resource').filter(({ name }) => /\/lab\/.*\.js$/.test(name));
    return Object.values(Object.fromEntries(loaded.map(({ name, encodedBodySize }) => [name, encodedBodySize]))).reduce((a, b) => a + b, 0);
  };

  /** The model of the page, built from its own modules and the weights that it was served. */
  probe.model = async (spec) => {
    const { buildVae } = await import(resource('/core/vae.js').name), { loadTable } = await import(resource('/work/load.js').name), decoder = resource('/decoder.safetensors').name;
    const tables = await Promise.all([decoder, decoder.replace('decoder.', 'encoder.')].map(loadTable));
    return buildVae(spec, Object.assign({}, ...tables));
  };

  /** What the model makes of codes and of images. */
  probe.answers = async ([spec, codes, images]) => {
    const { mean, encode } = await probe.model(spec), posteriors = images.map((x) => encode(Float32Array.from(x)));
    const lists = (name) => posteriors.map((posterior) => Array.from(posterior[name]));
    return { mean: codes.map((z) => Array.from(mean(Float32Array.from(z)))), mu: lists('mu'), logvar: lists('logvar') };
  };

  /** Milliseconds of one decode, of codes from the prior, in groups. */
  probe.decodes = async ([spec, codes]) => {
    const { mean } = await probe.model(spec), rows = codes.map((z) => Float32Array.from(z)), times = [];
    for (let i = 0; i < rows.length; i += GROUP) {
      const began = performance.now();
      for (const row of rows.slice(i, i + GROUP)) mean(row);
      times.push((performance.now() - began) / GROUP);
    }
    return times;
  };

  const noteTasks = (list) => probe.tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]));
  new PerformanceObserver(noteTasks).observe({ type: 'longtask' });

  // Streamlit's page is up when its title is there to be read.
  requestAnimationFrame(function look(now) {
    if ([...document.querySelectorAll('h1')].some((title) => title.innerText && title.offsetHeight)) probe.title = now;
    else requestAnimationFrame(look);
  });
}
