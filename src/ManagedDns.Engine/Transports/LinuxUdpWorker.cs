using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ManagedDns.Engine.Answering;
using static ManagedDns.Engine.Transports.LinuxSockets;

namespace ManagedDns.Engine.Transports;

/// <summary>
/// One thread on one socket: takes up to 64 datagrams with one system call, answers them together, sends the answers with one more. All memory is native and
/// laid out once; an answer is sent from where its query lay.
/// </summary>
internal sealed unsafe class LinuxUdpWorker : IUdpWorker
{
    private const int NameLength = 28;
    private const int ControlLength = 64;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly bool _isWildcard;
    private readonly byte* _memory;
    private readonly MessageBatchHeader* _received;
    private readonly MessageBatchHeader* _sent;
    private readonly byte* _names;
    private readonly byte* _controls;
    private readonly LinuxSockets.Buffer* _ranges;
    private readonly QueryBatch _batch;
    private readonly ManualResetEventSlim _stopped = new();
    private volatile bool _stopping;

    public LinuxUdpWorker(Socket socket, QueryProcessor processor)
    {
        _socket = socket;
        _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
        _isWildcard = IsWildcard((IPEndPoint)socket.LocalEndPoint!);
        _batch = new QueryBatch(processor);

        const int Size = QueryBatch.Size;
        var bytes = Size * ((2 * sizeof(MessageBatchHeader)) + NameLength + ControlLength + (2 * sizeof(LinuxSockets.Buffer)));
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        NativeMemory.Clear(_memory, (nuint)bytes);
        _received = (MessageBatchHeader*)_memory;
        _sent = _received + Size;
        _ranges = (LinuxSockets.Buffer*)(_sent + Size);
        _controls = (byte*)(_ranges + (2 * Size));
        _names = _controls + (Size * ControlLength);
        for (var i = 0; i < Size; i++)
        {
            _ranges[i] = new LinuxSockets.Buffer { Start = _batch.Message(i), Length = QueryBatch.MaxMessage };
            _received[i] = new MessageBatchHeader
            {
                Name = _names + (i * NameLength),
                NameLength = NameLength,
                Buffers = _ranges + i,
                BufferCount = 1,
                Control = _isWildcard ? _controls + (i * ControlLength) : null,
                ControlLength = _isWildcard ? (nuint)ControlLength : 0,
            };
        }
    }

    public void Run()
    {
        while (!_stopping)
        {
            RunBatch();
        }
    }

    public void Stop()
    {
        _stopping = true;
        _stopped.Set();
        _ = Shutdown(_descriptor, 2);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _batch.Dispose();
        _stopped.Dispose();
        NativeMemory.AlignedFree(_memory);
    }

    // A method of its own, so that tiered compilation reaches it however long the loop runs.
    private void RunBatch()
    {
        var count = Receive(_descriptor, _received, QueryBatch.Size, WaitForOne, null);
        if (count <= 0)
        {
            // Interrupted, or told to stop. An error may last, as when memory has run out: asking again and again would take a core.
            if (!_stopping && Marshal.GetLastSystemError() != Interrupted)
            {
                _stopped.Wait(s_pause);
            }

            return;
        }

        for (var i = 0; i < count; i++)
        {
            var name = _received[i].Name;
            var isIPv6 = *(ushort*)name == (ushort)AddressFamilyIPv6;
            _batch.Set(i, (int)_received[i].Length, name + (isIPv6 ? 8 : 4), isIPv6 ? 16 : 4, name[2] << 8 | name[3]);
        }

        _batch.Answer(count);
        SendAnswers(count);
        for (var i = 0; i < count; i++)
        {
            _received[i].NameLength = NameLength;
            _received[i].ControlLength = _isWildcard ? (nuint)ControlLength : 0;
        }
    }

    private void SendAnswers(int count)
    {
        var answers = 0;
        for (var i = 0; i < count; i++)
        {
            var length = _batch.AnswerLength(i);
            if (length == 0)
            {
                continue;
            }

            var range = _ranges + QueryBatch.Size + answers;
            *range = new LinuxSockets.Buffer { Start = _batch.Message(i), Length = (nuint)length };
            _sent[answers] = _received[i];
            _sent[answers].Buffers = range;
            if (_isWildcard)
            {
                ForgetInterface(_sent[answers].Control, (int)_sent[answers].ControlLength);
            }

            answers++;
        }

        for (var done = 0; done < answers;)
        {
            var sent = Send(_descriptor, _sent + done, (uint)(answers - done), 0);
            if (sent > 0)
            {
                done += sent;
            }
            else if (Marshal.GetLastSystemError() != MessageTooLong || !Shorten(_sent[done].Buffers))
            {
                // The first one could not be sent, to its own harm, as where there is no route. The others go on.
                done++;
            }
        }
    }

    /// <summary>A link on the way takes no message of that size, and there are no fragments: the client is sent to TCP.</summary>
    private bool Shorten(LinuxSockets.Buffer* answer)
    {
        answer->Length = (nuint)_batch.Shorten(answer->Start, (int)answer->Length);
        return answer->Length > 0;
    }

    /// <summary>The control message that told the address the query came to now names the source of the answer; the way back may lead over another interface.</summary>
    private static void ForgetInterface(byte* control, int length)
    {
        const int Header = 16;
        if (length >= Header + 12 && *(int*)(control + 8) == IPLevel && *(int*)(control + 12) == PacketInfo)
        {
            *(int*)(control + Header) = 0;
        }
    }
}
