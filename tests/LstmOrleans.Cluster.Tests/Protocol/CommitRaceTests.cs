using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Answers;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>
/// A stream's turns and its store's thread beside each other, on real threads: what <see cref="ProtocolExplorationTests"/> has one after the other. While a submitted step
/// is written somebody else waits for the same write, reads what is on disk, or goes on to the next step, at any moment.
/// </summary>
/// <remarks>Runs alone: it keeps all processors busy, and others count what they allocate.</remarks>
[CollectionDefinition(nameof(CommitRaceTests), DisableParallelization = true)]
[Collection(nameof(CommitRaceTests))]
public class CommitRaceTests
{
    private const int Steps = 30_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task EveryStep_IsToldOnce_WithItsBits_AndNotBeforeItIsOnDisk(int seed)
    {
        var random = new Random(seed);
        var model = OneUnitStream.MakeModel();
        var turns = new TaskFactory(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        using var store = new ThreadStore(new Random(seed + 100));
        using var meter = new Meter("race-tests");
        var commits = new StreamCommits(store, GrainId.Create("stream", "s"), "s", pool: new SpoilingPool());
        var actor = new StreamActor("s", commits, new StreamsOptions(), new AlwaysHeldLease(), new LstmMeter(meter), TimeProvider.System);
        await await turns.StartNew(() =>
        {
            commits.Stage(OneUnitStream.Opened(StreamMode.Durable, incarnation: 1));
            return commits.WhenDurable();
        });

        var (state, output, post) = (new LstmState(model.Shape), new float[1], new Post(store));
        var lent = new List<(StreamRecord Record, float H)>();
        for (int position = 0; position < Steps;)
        {
            // One step, or the next beside it: one write behind the other.
            int last = Math.Min(Steps, position + 1 + random.Next(2));
            var expected = new List<float>();
            for (int next = position + 1; next <= last; next++)
            {
                model.Step([MathF.Sin(next)], state, output);
                expected.Add(output[0]);
            }

            while (position < last)
            {
                var sent = new List<Task<StepAnswer>>();
                for (int next = position + 1; next <= last; next++)
                    sent.Add(Send(next));
                var beside = Beside();
                foreach (var answer in await Task.WhenAll(sent))
                {
                    if (answer.Status != StreamStatus.Ok)
                        continue;
                    Assert.Equal(++position, answer.Position);
                    Assert.Equal(expected[^(last - position + 1)], MemoryMarshal.Cast<byte, float>(answer.Answers.Span)[0]);
                }

                await beside.WaitAsync(Patience, Cancellation);
            }
        }

        Assert.All(lent, one => Assert.Equal(one.H, one.Record.H[0]));
        var record = await turns.StartNew(() => commits.Committed!);
        Assert.Equal((Steps, state.H[0], state.C[0]), (record.Position, record.H[0], record.C[0]));
        Assert.True(store.Refused > Steps / 100, $"The store refused only {store.Refused} writes.");

        // Nothing of it waits for anything else; what comes first is up to the threads.
        async Task<StepAnswer> Send(int position)
        {
            float[] input = [MathF.Sin(position)];
            var request = new StepRequest { Key = "s", Incarnation = 1, FirstPosition = position, Count = 1, Inputs = MemoryMarshal.AsBytes(input.AsSpan()).ToArray() };
            var (address, told) = post.Address(position);
            var answer = await turns.StartNew(() => actor.StepAsync(request, model, new StepCall(null, 0, address)));
            return await (ReferenceEquals(answer, AnswerAddress.ToldLater) ? told : answer);
        }

        Task Beside() => random.Next(6) switch
        {
            0 => turns.StartNew(() => commits.WhenDurable()).Unwrap(),
            1 => turns.StartNew(() =>
            {
                var record = commits.Committed!;
                Assert.True(float.IsFinite(record.H[0]));
                lent.Add((record, record.H[0]));
            }),
            2 => turns.StartNew(() => commits.IsDurable),
            3 => turns.StartNew(commits.IsNewestAsync).Unwrap().ContinueWith(newest => Assert.True(newest.Result), TaskScheduler.Default),
            _ => Task.CompletedTask,
        };
    }

    /// <summary>Takes answers, and looks at the disk when they come.</summary>
    private sealed class Post(ThreadStore store) : AnswerPost(null!, null!, NullLogger<AnswerPost>.Instance)
    {
        private readonly ConcurrentDictionary<long, (int Position, TaskCompletionSource<StepAnswer> Told)> _waiting = new();
        private long _calls;

        public (AnswerAddress Address, Task<StepAnswer> Told) Address(int position)
        {
            var told = new TaskCompletionSource<StepAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            long call = Interlocked.Increment(ref _calls);
            _waiting[call] = (position, told);
            return (new(this, default, call), told.Task.WaitAsync(Patience, Cancellation));
        }

        public override void Tell(GrainId receiver, long call, StepAnswer answer)
        {
            if (!_waiting.TryRemove(call, out var waiting))
                throw new InvalidOperationException($"Call {call} was told twice.");
            if (answer.Status == StreamStatus.Ok && store.Position < waiting.Position)
                waiting.Told.SetException(new InvalidOperationException($"{waiting.Position} was told; {store.Position} is on disk."));
            else
                waiting.Told.SetResult(answer);
        }
    }

    /// <summary>A store with a thread of its own, which ends each write at once, and refuses some; some it refuses within the call.</summary>
    private sealed class ThreadStore : IGrainStorage, IRecordStore, IDisposable
    {
        private readonly BlockingCollection<Action> _writes = [];
        private readonly Random _random;
        private readonly Random _door;
        private readonly Thread _thread;
        private int _refused;
        private byte[] _record = [];
        private Etag? _etag;
        private long _position;

        public ThreadStore(Random random)
        {
            (_random, _door) = (random, new(random.Next()));
            _thread = new Thread(() =>
            {
                foreach (var write in _writes.GetConsumingEnumerable())
                    write();
            });
            _thread.Start();
        }

        public long Position => Volatile.Read(ref _position);

        public int Refused => Volatile.Read(ref _refused);

        public void Write(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd end)
        {
            if (expected != null && _door.Next(50) == 0)
            {
                Interlocked.Increment(ref _refused);
                end.Fails(new StorageRefusedException("Too many writes wait."));
                return;
            }

            _writes.Add(() =>
            {
                if (_etag != expected || (_etag != null && _random.Next(50) == 0))
                {
                    Interlocked.Increment(ref _refused);
                    end.Fails(_etag != expected ? new InconsistentStateException("Another etag.") : new StorageRefusedException("The disk is full."));
                    return;
                }

                lock (_writes)
                    (_record, _etag) = (record.ToArray(), Etag.New(1));
                Volatile.Write(ref _position, StreamRecordFormat.Read("s", _record).Position);
                end.OnDisk(_etag.Value);
            });
        }

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            // Other turns come between.
            await Task.Yield();
            lock (_writes)
                (grainState.RecordExists, grainState.ETag, grainState.State) = (true, _etag.ToString(), (T)(object)new StreamRecordBlob { Record = _record });
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        public void Dispose()
        {
            _writes.CompleteAdding();
            _thread.Join();
            _writes.Dispose();
        }
    }
}
