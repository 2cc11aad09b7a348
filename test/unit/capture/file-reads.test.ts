// The order of the tests matters: what has been read stays noted for as long as the thread lives.
import { describe, expect, it } from 'vitest';
import { noteFile, withFilesKept } from '../../../lib/capture/file-reads';
import { kShared } from '../../../lib/native';

const shared = new Int32Array(kShared.count);
/** Whether the heap may not be listed while something runs. */
const whileWalking = () => withFilesKept(shared, () => shared[kShared.unlistable]);

class FileHandle {
  id = 5;
  getAsyncId() {
    return this.id;
  }
}

describe('a heap', () => {
  const handles = [1, 2, 3].map((id) => {
    const handle = new FileHandle();
    noteFile(shared, 'FILEHANDLE', handle, id, 0);
    return handle;
  });

  it('may be listed while no file was read as a stream, whatever became of files', () => {
    noteFile(shared, 'FSREQCALLBACK', new (class FSReqCallback {})(), 4, 1);
    expect([shared[kShared.unlistable], whileWalking()]).toEqual([0, 0]);
  });

  it('may be listed by this thread alone while all files are there that were read so', () => {
    noteFile(shared, 'FSREQCALLBACK', {}, 5, 1);
    noteFile(shared, 'FSREQCALLBACK', {}, 6, 1);
    (handles[1] as FileHandle).id = -1;
    expect([shared[kShared.unlistable], whileWalking(), shared[kShared.unlistable]]).toEqual([1, 0, 1]);
  });

  it('may not be listed any more once one of them is gone', () => {
    (handles[0] as FileHandle).id = -1;
    expect([whileWalking(), whileWalking()]).toEqual([1, 1]);
  });
});
