// Two ways past the dice; what measures them is loaded when somebody comes near.
import { el } from '../kit/elements.js';
import { widget } from '../kit/mount.js';
import { conversation, loadStore } from '../state/store.js';
import { subject } from '../state/subject.js';

async function build({ data }) {
  const store = await loadStore(data),
    chooser = data.chooser ? await subject(store, data) : null,
    talk = conversation(store),
    root = el('div', { class: 'estimators' });
  let dice, asked;
  const start = async () => {
    dice = new (await import('./dice.js')).Dice(data, store, root);
    await dice.start();
  };
  const watcher = new IntersectionObserver(
    ([{ isIntersecting: seen }]) => {
      if (seen)
        asked ??= start().catch((error) =>
          root.replaceChildren(el('p', { class: 'problem', role: 'alert' }, error.message)),
        );
      dice?.look(seen);
    },
    { rootMargin: '200px' },
  );
  watcher.observe(root);
  const unsubscribe = store.subscribe(() => dice?.follow());
  const stop = () => (watcher.disconnect(), unsubscribe(), dice?.stop(), chooser?.stop(), talk.stop());
  return { nodes: [chooser?.node ?? '', root], update: (latest) => (talk.hear(latest), dice?.follow()), stop };
}

/** Mount or update the widget on a Streamlit component. */
export const mount = (component) => widget(component, build);
