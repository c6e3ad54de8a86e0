// Server-sent events that come back by themselves, also where the browser gives up (an answer that is no stream: 401, 503).

const longestPause = 10_000;

/**
 * Listens until close() is called.
 * onMessage gets the parsed JSON; onState gets 'connecting', 'live', 'lost' or 'paused'. While the page is not to be seen nothing is listened to, so it costs the server nothing.
 */
export function connectLive(path, { onMessage, onState = () => {}, events = ['message'] }) {
  let source = null;
  let timer = 0;
  let pause = 500;
  let closed = false;

  function open() {
    if (closed || document.hidden) return;
    onState('connecting');
    source = new EventSource(path);
    source.onopen = () => { pause = 500; onState('live'); };
    for (const name of events) {
      source.addEventListener(name, (event) => onMessage(JSON.parse(event.data), name));
    }
    source.onerror = () => {
      onState('lost');
      // The server's word that it ended, or a refusal: the browser's own attempts are replaced by ours, which never end.
      stop();
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, longestPause);
    };
  }

  function stop() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function watch() {
    stop();
    if (document.hidden) onState('paused');
    else open();
  }

  document.addEventListener('visibilitychange', watch);
  addEventListener('pagehide', stop);
  open();
  return {
    close() {
      closed = true;
      stop();
      document.removeEventListener('visibilitychange', watch);
      removeEventListener('pagehide', stop);
    },
  };
}
