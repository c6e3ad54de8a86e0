using System.Diagnostics.Metrics;
using LstmOrleans.Contracts.Streams;
using LstmOrleans.Numerics;
using LstmOrleans.Silo.Leases;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;
using LstmOrleans.Silo.Telemetry;
using Orleans.Storage;

namespace LstmOrleans.Cluster.Tests.Protocol;

/// <summary>What one event allocates between Orleans and the store.</summary>
/// <remarks>Runs alone: a collection that another thread begins is counted here, and tests beside this one begin many.</remarks>
[CollectionDefinition(nameof(StreamActorAllocationTests), DisableParallelization = true)]
[Collection(nameof(StreamActorAllocationTests))]
public class StreamActorAllocationTests
{
    private const int HiddenSize = 64;
    private const int Warm = 500, Events = 100;

    // h, c, and a kept answer with its history.
    private const int Arrays = (2 * HiddenSize * sizeof(float)) + sizeof(ulong) + (HiddenSize * sizeof(float));

    // The waiting answer, its task, and what a write needs that is awaited: a task, its source, a turn. An async method more would cost over 200.
    private const int Waiting = 350;

    private readonly Turns _turns = new();
    private readonly NextWrite _store = new();

    // Differences, because a debug build allocates more than a release build, in both the same.
    [Theory]
    [InlineData(StreamMode.Durable)]
    [InlineData(StreamMode.Checkpointed)]
    public void AnEvent_AllocatesNoArraysForItsState(StreamMode mode) =>
        Assert.InRange(PerEvent(mode, new StepArraysPool()), 1, PerEvent(mode, new ForgetfulPool()) - Arrays);

    [Fact]
    public void WaitingForTheDisk_AllocatesOneObjectAndItsTask()
    {
        // Code that was compiled again between the two would make a difference of its own.
        for (int attempt = 1; ; attempt++)
        {
            long before = PerEvent(StreamMode.Checkpointed, new StepArraysPool()), waiting = PerEvent(StreamMode.Durable, new StepArraysPool());
            if (PerEvent(StreamMode.Checkpointed, new StepArraysPool()) == before || attempt == 10)
            {
                Assert.InRange(waiting, 1, before + Waiting);
                return;
            }
        }
    }

    private long PerEvent(StreamMode mode, StepArraysPool pool)
    {
        var shape = new LstmShape { InputSize = 1, HiddenSize = HiddenSize };
        var model = new LstmModel(new LstmParameters(shape, [new LayerParameters(new float[4 * HiddenSize], new float[4 * HiddenSize * HiddenSize], new float[4 * HiddenSize], new float[4 * HiddenSize], null)]));
        var commits = new StreamCommits(_store, GrainId.Create("stream", "s"), "s", pool: pool);
        using var meter = new Meter("allocation-tests");
        var actor = new StreamActor("s", commits, new StreamsOptions(), new AlwaysHeldLease(), new LstmMeter(meter), TimeProvider.System);
        _turns.Run(() =>
        {
            commits.Stage(new StreamRecord
            {
                NumericsVersion = NumericsVersion.Current,
                ModelHash = new byte[32],
                Mode = mode,
                AnswerSize = HiddenSize,
                WindowAnswers = 8,
                WindowBytes = 1 << 16,
                Incarnation = 1,
                H = new float[HiddenSize],
                C = new float[HiddenSize],
            });
            _ = commits.WhenDurable();
        });
        var requests = Enumerable.Range(1, Warm + (Allocated.Runs * Events)).Select(position => new StepRequest { Key = "s", Incarnation = 1, FirstPosition = position, Count = 1, Inputs = new byte[sizeof(float)] }).ToArray();
        _turns.Run(_store.End);
        // Each way of a turn once, so that nothing is allocated for the first time while it is counted.
        int next = 0;
        Run(Warm);
        return Allocated.Least(() => Run(Events)) / Events;

        void Run(int events)
        {
            for (int end = next + events; next < end; next++)
            {
                Task<StepAnswer>? answer = null;
                var request = requests[next];
                _turns.Run(() => answer = actor.StepAsync(request, model));
                if (mode == StreamMode.Durable)
                    _turns.Run(_store.End);
                Assert.Equal(StreamStatus.Ok, answer!.Result.Status);
            }
        }
    }

    /// <summary>A store with one write in flight, which ends when told to.</summary>
    private sealed class NextWrite : IGrainStorage, IRecordStore
    {
        private IWriteEnd? _write;

        public void End()
        {
            var write = _write!;
            _write = null;
            write.OnDisk(Etag.New(1));
        }

        public void Write(StorageKey key, ReadOnlyMemory<byte> record, Etag? expected, IWriteEnd end) => _write = end;

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
    }
}
