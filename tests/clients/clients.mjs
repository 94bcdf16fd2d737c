// Node's ws, eventsource and undici against `wirelab serve`. Run by check.sh.
//
//     node clients.mjs URL

import { EventSource } from 'eventsource';
import * as undici from 'undici';
import WebSocket from 'ws';
import { check, once } from './check.mjs';

const url = process.argv[2];
const sockets = url.replace('http://', 'ws://');

const members = (data) => Object.keys(JSON.parse(data));

// ws
{
    const socket = new WebSocket(`${sockets}/ws`);
    const { data } = await once(socket, 'message');
    check('ws: an event', ['id', 'text'], members(data));
    check('ws: no extension is taken', '', socket.extensions);
    socket.ping('beat');
    const beat = await new Promise((resolve) => socket.once('pong', (bytes) => resolve(String(bytes))));
    check('ws: a ping is answered', 'beat', beat);
    await new Promise((resolve) => socket.once('ping', resolve));
    check('ws: it is pinged', true, true);
    socket.close(1000, 'bye');
    const { code, reason } = await once(socket, 'close');
    check('ws: a normal closure is answered', [1000, 'bye'], [code, reason]);

    const echo = new WebSocket(`${sockets}/ws/echo`);
    await once(echo, 'open');
    for (const size of [0, 125, 126, 65_536, 1 << 20]) {
        const sent = Buffer.alloc(size, 7);
        echo.send(sent);
        check(`ws: ${size} bytes are echoed`, true, sent.equals((await once(echo, 'message')).data));
    }
    echo.close(1014);
    check('ws: close 1014 is answered with the same', 1014, (await once(echo, 'close')).code);

    for (const [name, path, options, expected] of [
        ['a foreign origin', '/ws', { origin: 'http://evil.example' }, 403],
        ['an old version', '/ws', { protocolVersion: 8 }, 426],
        ['a path without WebSocket', '/nothing', {}, 404],
    ]) {
        const refused = new WebSocket(`${sockets}${path}`, options);
        const status = await new Promise((resolve) => {
            refused.on('unexpected-response', (_request, answer) => {
                answer.resume();
                resolve(answer.statusCode);
            });
            refused.on('open', () => resolve('open'));
            refused.on('error', () => {});
        });
        refused.terminate();
        check(`ws: ${name} is refused`, expected, status);
    }
}

// eventsource
{
    const source = new EventSource(`${url}/events`);
    const first = await once(source, 'message');
    const second = await once(source, 'message');
    check('eventsource: an event', ['id', 'text'], members(first.data));
    check('eventsource: ids count up', Number(first.lastEventId) + 1, Number(second.lastEventId));
    source.close();
    const gone = new EventSource(`${url}/nothing`);
    check('eventsource: 404 is the end', 404, (await once(gone, 'error')).code);
    gone.close();
}

// undici
{
    const answer = await undici.fetch(`${url}/poll?since=0`);
    check('undici: a poll', true, Array.isArray(await answer.json()));
    const head = await undici.fetch(`${url}/now`, { method: 'HEAD' });
    check('undici: HEAD', 200, head.status);
    const stream = await undici.fetch(`${url}/events`);
    const piece = (await stream.body.getReader().read()).value;
    check('undici: a stream', 'id: ', Buffer.from(piece).toString().slice(0, 4));
    const socket = new undici.WebSocket(`${sockets}/ws`);
    check('undici: a WebSocket', ['id', 'text'], members((await once(socket, 'message')).data));
    socket.close(1000);
    check('undici: a normal closure is clean', true, (await once(socket, 'close')).wasClean);
    const source = new undici.EventSource(`${url}/events`);
    check('undici: an event source', ['id', 'text'], members((await once(source, 'message')).data));
    source.close();
}
process.exit(0);
