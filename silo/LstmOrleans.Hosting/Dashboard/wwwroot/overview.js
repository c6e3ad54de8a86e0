import { mountStreams } from '/streams.js';

mountStreams(document.getElementById('streams'));
