// The leaking program of `abtrace demo`: a chat client that streams answers through fetch and remembers every one.
// Knows nothing of abtrace. Reports its memoryUsage() to the process that started it, and ends with it.
const [url = ''] = process.argv.slice(2);

interface Session {
  question: string;
  answer: Uint8Array[];
}

const sessions: Session[] = [];

async function streamAnswer(question: string): Promise<void> {
  const session: Session = { question, answer: [] };
  sessions.push(session);
  const response = await fetch(`${url}?question=${encodeURIComponent(question)}`);
  for await (const chunk of response.body ?? []) {
    session.answer.push(chunk);
  }
}

async function chat(): Promise<void> {
  while (process.connected) {
    await Promise.all(['How are you?', 'What is new?', 'And then?'].map(streamAnswer));
  }
}

setInterval(() => process.send?.(process.memoryUsage()), 100);
for (const event of ['message', 'disconnect']) process.on(event, () => process.exit());
void chat();
