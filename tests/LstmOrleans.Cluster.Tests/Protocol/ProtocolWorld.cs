using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>
/// One stream with everything that can happen to it, one event at a time: a producer, a row under etags, and activations of the real protocol
/// (<see cref="StreamActor"/>, <see cref="StreamCommits"/>, <see cref="StreamStep"/>) of which an old one may live on as a zombie.
/// </summary>
/// <remarks>After every event it is checked that what was told is true: right bits, on disk, and never taken back.</remarks>
internal sealed class ProtocolWorld
{
    public const int MostPositions = 40;
    private const string Key = "s";
    private const ulong Incarnation = 7;

    private static readonly LstmModel Model = OneUnitStream.MakeModel();
    private static readonly float[] Expected = ExpectedAnswers(out Final);
    private static readonly (float H, float C)[] Final;
    private static readonly LstmMeter Meter = new(new Meter("protocol-tests"));

    private readonly Turns _turns = new();
    private readonly HeldRow _row = new();
    private readonly StreamMode _mode;
    private readonly bool _byRecord;
    private readonly bool _submits;
    private readonly StepArraysPool _pool;
    private readonly Post _post = new();
    private readonly List<Activation> _activations = [];
    private readonly List<Call> _calls = [];
    private readonly List<(Task<SessionAnswer> Answer, ulong Session)> _sessionCalls = [];
    private long _acknowledged;
    private long _toldDurable;
    private (ulong Session, long Position)? _fence;

    /// <param name="mode">The stream's.</param>
    /// <param name="byRecord">Whether the store has the short way of writing (<see cref="IRecordStore"/>).</param>
    /// <param name="pool">Where arrays of records go; null = one that spoils them.</param>
    /// <param name="submits">Whether answers go to an address, as those to submitted steps do.</param>
    public ProtocolWorld(StreamMode mode, bool byRecord, StepArraysPool? pool = null, bool submits = false)
    {
        (_mode, _byRecord, _pool, _submits) = (mode, byRecord, pool ?? new SpoilingPool(), submits);
        Assert.Null(_row.Apply(null, StreamRecordFormat.Write(Key, OneUnitStream.Opened(mode, Incarnation)), out _));
        Activate();
    }

    /// <summary>Every answer so far, in the order they were told.</summary>
    public List<StepAnswer> Told { get; } = [];

    /// <summary>The stored row.</summary>
    public ReadOnlySpan<byte> Row => _row.Record;

    /// <summary>What can happen now, by name. The first letter is the kind, the rest what it happens to.</summary>
    public IEnumerable<string> Events(bool sessions)
    {
        for (int index = 0; index < _activations.Count; index++)
        {
            string name = index.ToString(CultureInfo.InvariantCulture);
            yield return "s" + name;
            yield return "t" + name;
            yield return "p" + name;
            if (_acknowledged > 0)
            {
                yield return "r" + name;
                yield return "q" + name;
            }

            if (_acknowledged > 1)
                yield return "y" + name;
            if (sessions)
            {
                yield return "o" + name;
                yield return "x" + name;
            }

            if (_mode == StreamMode.Checkpointed)
                yield return "d" + name;
            if (!_activations[index].Storage.HasWrite)
                continue;
            foreach (var reply in Enum.GetValues<Reply>())
                yield return $"w{name}{(int)reply}";
            yield return "k" + name + "1";
        }

        yield return "k00";
        if (_activations.Count == 1)
            yield return "z";
    }

    public void Happen(string name)
    {
        var activation = name.Length > 1 ? _activations[name[1] - '0'] : _activations[0];
        switch (name[0])
        {
            case 's': Send(activation, _acknowledged + 1, 1, null); break;
            case 't': Send(activation, _acknowledged + 1, 2, null); break;
            case 'p': Send(activation, _acknowledged + 2, 1, null); break;
            case 'r': Send(activation, _acknowledged, 2, null); break;
            case 'q': Send(activation, _acknowledged, 1, null); break;
            case 'y': Send(activation, _acknowledged - 1, 1, null); break;
            case 'o': OpenSession(activation, 11); break;
            case 'x': OpenSession(activation, 12); break;
            case 'd': _turns.Run(() => _ = activation.Actor.WhenDurableAsync()); break;
            case 'w': _turns.Run(() => activation.Storage.EndWrite((Reply)(name[2] - '0'))); break;
            case 'k': Kill(activation, name[2] == '1'); break;
            case 'z': Activate(); break;
            default: throw new ArgumentException($"There is no event '{name}'.");
        }

        Check();
    }

    /// <summary>Faults are over: everything is killed, one activation is left, and the producer sends on until two more positions are acknowledged.</summary>
    public void Drain()
    {
        while (_activations.Count > 0)
            Kill(_activations[0], writeHappens: false, replace: false);
        Activate();
        var only = _activations[0];
        long goal = _acknowledged + 2;
        for (int tries = 0; _acknowledged < goal || (_mode == StreamMode.Checkpointed && _toldDurable < goal); tries++)
        {
            Assert.True(tries < 4 * MostPositions, $"The stream does not go on: {_acknowledged} of {goal} are acknowledged, {_toldDurable} durable.");
            Send(only, _acknowledged < goal ? _acknowledged + 1 : _acknowledged, 1, StoredRecord().OpenSession is > 0 and var open ? open : null);
            _turns.Run(() => _ = only.Actor.WhenDurableAsync());
            while (only.Storage.HasWrite)
                _turns.Run(() => only.Storage.EndWrite(Reply.Ok));
            Check();
        }

        var record = StoredRecord();
        Assert.Equal(Final[record.Position], (record.H[0], record.C[0]));
    }

    private void Activate()
    {
        // Durable streams are proof against two activations on silos that are both alive; the lease is what Checkpointed has.
        foreach (var older in _activations)
            older.Lease.Held = _mode == StreamMode.Durable;
        var storage = _byRecord ? new HeldRecordStorage(_row) : new HeldStorage(_row);
        var commits = new StreamCommits(storage, GrainId.Create("stream", Key), Key, pool: _pool);
        var lease = new Lease();
        _turns.Run(() => _ = commits.ReadAsync());
        _activations.Add(new(storage, new StreamActor(Key, commits, new StreamsOptions(), lease, Meter, new StoppedTime()), lease));
    }

    private void Kill(Activation activation, bool writeHappens, bool replace = true)
    {
        activation.Storage.Crash(writeHappens);
        _activations.Remove(activation);
        // A zombie that is left stays one: who was declared dead never comes back.
        if (replace && !_activations.Exists(left => left.Lease.Held))
            Activate();
    }

    private void Send(Activation activation, long first, int count, ulong? session)
    {
        if (activation.Actor.Commits.Ended || first + count > MostPositions)
            return;
        session ??= _fence is { } fence ? fence.Session : null;
        var request = new StepRequest
        {
            Key = Key,
            Incarnation = Incarnation,
            Session = session,
            Confirmed = Math.Min(Math.Max(0, first - 2), _mode == StreamMode.Checkpointed ? _toldDurable : long.MaxValue),
            FirstPosition = first,
            Count = count,
            Inputs = MemoryMarshal.AsBytes(Enumerable.Range(0, count).Select(index => Input(first + index)).ToArray().AsSpan()).ToArray(),
        };
        long told = _toldDurable;
        _turns.Run(() => _calls.Add(new(_submits ? Submit(activation, request) : activation.Actor.StepAsync(request, Model), first, count, session, told)));
    }

    private Task<StepAnswer> Submit(Activation activation, StepRequest request)
    {
        var (address, told) = _post.Address();
        var answer = activation.Actor.StepAsync(request, Model, new StepCall(null, 0, address));
        return ReferenceEquals(answer, AnswerAddress.ToldLater) ? told : answer;
    }

    private void OpenSession(Activation activation, ulong session)
    {
        if (activation.Actor.Commits.Ended)
            return;
        var request = new SessionRequest { Key = Key, Incarnation = Incarnation, Session = session, Replaces = activation.Actor.Commits.Pending!.Session };
        _turns.Run(() => _sessionCalls.Add((OpenAsync(activation, request), session)));
    }

    private static async Task<SessionAnswer> OpenAsync(Activation activation, SessionRequest request)
    {
        var (status, _, record) = await activation.Actor.SettleAsync(record => StreamOperations.OpenSession(record, request));
        return new SessionAnswer { Status = status, Position = record?.Position ?? 0 };
    }

    private void Check()
    {
        foreach (var call in _sessionCalls.Where(call => call.Answer.IsCompleted).ToList())
        {
            _sessionCalls.Remove(call);
            var answer = Of(call.Answer);
            if (answer.Status != StreamStatus.Ok)
                continue;
            Assert.True(StoredRecord().Position >= answer.Position);
            if (_fence?.Session != call.Session)
                _fence = (call.Session, answer.Position);
        }

        foreach (var call in _calls.Where(call => call.Answer.IsCompleted).ToList())
        {
            _calls.Remove(call);
            Told.Add(Of(call.Answer));
            Check(Of(call.Answer), call);
        }
    }

    private void Check(StepAnswer answer, Call call)
    {
        var (_, first, count, session, told) = call;
        var stored = StoredRecord();
        Assert.True(answer.DurablePosition <= stored.Position, $"{answer.DurablePosition} was told as durable; {stored.Position} is stored.");
        long last = first + count - 1;
        switch (answer.Status)
        {
            case StreamStatus.Ok or StreamStatus.Duplicate:
                if (_mode == StreamMode.Durable)
                    Assert.True(stored.Position >= last, $"{last} was acknowledged; {stored.Position} is stored.");
                var answers = MemoryMarshal.Cast<byte, float>(answer.Answers.Span);
                for (int index = 0; index < answers.Length; index++)
                    Assert.Equal(Expected[last - answers.Length + 1 + index], answers[index]);
                // A call without a session has given up the answers before its first position: a duplicate without answers is all there will be.
                if (answers.Length == count || answer.Status == StreamStatus.Duplicate)
                    _acknowledged = Math.Max(_acknowledged, last);
                if (_fence is { } fence && session != fence.Session && stored.OpenSession == fence.Session)
                    Assert.True(last <= fence.Position, $"Session {fence.Session} holds the stream since {fence.Position}, and {session} got {last}.");
                NoteDurable(answer, told);
                break;
            case StreamStatus.Gap:
                NoteDurable(answer, told);
                if (_mode == StreamMode.Checkpointed)
                    _acknowledged = Math.Min(_acknowledged, answer.Position);
                else
                    Assert.True(answer.Position >= _acknowledged, $"The stream was told to stand at {answer.Position}; {_acknowledged} was acknowledged.");
                break;
            case StreamStatus.Invalid when _mode == StreamMode.Checkpointed && answer.Detail.StartsWith("confirmed", StringComparison.Ordinal):
                break;
            case StreamStatus.WindowFull:
                NoteDurable(answer, told);
                break;
            case StreamStatus.NotNow or StreamStatus.StorageRefused or StreamStatus.Fenced:
                break;
            default:
                Assert.Fail($"{answer.Status}: {answer.Detail}");
                break;
        }
    }

    private void NoteDurable(StepAnswer answer, long told)
    {
        Assert.True(answer.DurablePosition >= told, $"Durable {answer.DurablePosition} was told; {told} was told before the call.");
        // In Checkpointed not even answers of calls side by side may fall back: a producer drops inputs up to what it was told.
        if (_mode == StreamMode.Checkpointed)
            Assert.True(answer.DurablePosition >= _toldDurable, $"Durable {answer.DurablePosition} was told after {_toldDurable}.");
        _toldDurable = Math.Max(_toldDurable, answer.DurablePosition);
    }

    private StreamRecord StoredRecord() => StreamRecordFormat.Read(Key, _row.Record);

    private static T Of<T>(Task<T> done) => done.GetAwaiter().GetResult();

    private static float Input(long position) => MathF.Sin(position);

    private static float[] ExpectedAnswers(out (float H, float C)[] final)
    {
        var state = new LstmState(Model.Shape);
        float[] expected = new float[MostPositions + 1], output = new float[1];
        final = new (float, float)[MostPositions + 1];
        for (int position = 1; position <= MostPositions; position++)
        {
            Model.Step([Input(position)], state, output);
            (expected[position], final[position]) = (output[0], (state.H[0], state.C[0]));
        }

        return expected;
    }

    /// <param name="Answer">What is told.</param>
    /// <param name="First">The first position.</param>
    /// <param name="Count">Inputs.</param>
    /// <param name="Session">Its session.</param>
    /// <param name="ToldDurable">The highest durable position that anybody had been told when the call left.</param>
    private sealed record Call(Task<StepAnswer> Answer, long First, int Count, ulong? Session, long ToldDurable);

    private sealed record Activation(HeldStorage Storage, StreamActor Actor, Lease Lease);

    /// <summary>Brings answers to whoever waits for them at once, and none twice.</summary>
    private sealed class Post() : AnswerPost(null!, null!, NullLogger<AnswerPost>.Instance)
    {
        private readonly List<TaskCompletionSource<StepAnswer>> _told = [];

        public (AnswerAddress Address, Task<StepAnswer> Told) Address()
        {
            _told.Add(new());
            return (new(this, default, _told.Count - 1), _told[^1].Task);
        }

        public override void Tell(GrainId receiver, long call, StepAnswer answer) => _told[(int)call].SetResult(answer);
    }

    /// <summary>Worlds with the same history store the same bytes.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }

    /// <summary>Held by the activation that the cluster knows; a zombie's is not.</summary>
    private sealed class Lease : IReadLease
    {
        public bool Held { get; set; } = true;

        public bool IsHeld => Held;

        public ValueTask<bool> RefreshAsync() => new(Held);
    }
}
