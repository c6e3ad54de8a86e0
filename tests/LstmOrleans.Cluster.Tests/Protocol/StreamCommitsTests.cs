using LstmOrleans.Contracts.Streams;
using LstmOrleans.Silo.Storage;
using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Protocol;

public class StreamCommitsTests
{
    private readonly Turns _turns = new();
    private readonly HeldRow _row = new();
    private readonly HeldStorage _storage;
    private readonly StreamCommits _commits;

    private readonly Owner _owner = new();

    private readonly bool _byRecord;

    public StreamCommitsTests() : this(byRecord: false)
    {
    }

    protected StreamCommitsTests(bool byRecord)
    {
        _byRecord = byRecord;
        _storage = Connect(_row);
        _commits = new StreamCommits(_storage, GrainId.Create("stream", "s"), "s", _owner);
        _turns.Run(() => _ = _commits.ReadAsync());
    }

    [Fact]
    public void WhileAWriteIsInFlight_LaterOnesWait_AndOneWriteCoversThemAll()
    {
        var first = Stage(1);
        var second = Stage(2);
        var third = Stage(3);
        Assert.Equal((3L, null), (_commits.Pending!.Position, _commits.Committed));
        Assert.False(first.IsCompleted);

        End(Reply.Ok);
        Assert.True(first.IsCompleted && Of(first) == null);
        Assert.False(second.IsCompleted || third.IsCompleted);
        Assert.Equal((1L, 1L), (_commits.Committed!.Position, Stored()));

        // The record is serialised when its write is issued: the second write already carries the third.
        End(Reply.Ok);
        Assert.True(second.IsCompleted && third.IsCompleted);
        Assert.Equal((3L, 3L, true), (_commits.Committed!.Position, Stored(), _commits.IsDurable));
        Assert.False(_storage.HasWrite);
    }

    [Theory]
    [InlineData(nameof(Reply.Refused), StreamStatus.StorageRefused)]
    [InlineData(nameof(Reply.Failed), StreamStatus.NotNow)]
    public void FailedWrite_ThatChangedNothing_DropsEverythingStaged_AndKeepsTheOldState(string reply, StreamStatus status)
    {
        Stage(1);
        End(Reply.Ok);
        var second = Stage(2);
        var third = Stage(3);
        End(Enum.Parse<Reply>(reply));
        Assert.Equal((status, status), (Of(second)!.Status, Of(third)!.Status));
        Assert.Equal((1L, 1L, false, true), (_commits.Pending!.Position, Stored(), _commits.Ended, _commits.IsDurable));

        var again = Stage(2);
        End(Reply.Ok);
        Assert.Null(Of(again));
        Assert.Equal(2L, Stored());
    }

    [Fact]
    public void LostReply_EndsTheActivation_AndNothingIsAcknowledged()
    {
        var first = Stage(1);
        var second = Stage(2);
        End(Reply.Lost);
        Assert.Equal((StreamStatus.NotNow, StreamStatus.NotNow, true), (Of(first)!.Status, Of(second)!.Status, _commits.Ended));
        Assert.Equal(1L, Stored());
        Assert.Equal(StreamStatus.NotNow, Of(Stage(2))!.Status);
        Assert.False(_storage.HasWrite);
    }

    [Fact]
    public void ForeignEtag_EndsTheActivation()
    {
        Stage(1);
        End(Reply.Ok);
        Assert.Null(_row.Apply(_row.ETag, StreamRecordFormat.Write("s", Record(9)), out _));
        var lost = Stage(2);
        End(Reply.Ok);
        Assert.Equal((StreamStatus.NotNow, true, 9L), (Of(lost)!.Status, _commits.Ended, Stored()));
    }

    [Fact]
    public void UnknownOutcome_WhoseRowCannotBeReadAgain_EndsTheActivation()
    {
        _storage.HoldReads = true;
        var first = Stage(1);
        End(Reply.Failed);
        Assert.False(first.IsCompleted);
        _turns.Run(() => _storage.EndRead(Reply.Failed));
        Assert.Equal((StreamStatus.NotNow, true), (Of(first)!.Status, _commits.Ended));
    }

    [Fact]
    public void AWriteThatEndedWhileTheRowWasRead_ExplainsItsEtag()
    {
        Stage(1);
        End(Reply.Ok);
        _storage.HoldReads = true;
        Task<bool> newest = null!;
        _turns.Run(() => newest = _commits.IsNewestAsync());
        StageAlone(2);
        End(Reply.Ok);
        _turns.Run(() => _storage.EndRead(Reply.Ok));
        // The write began after the look did: that it succeeded is the proof.
        Assert.Equal((true, false), (Of(newest), _commits.Ended));
    }

    // Where the store answers that the row is damaged another silo would read it no better, and what is in memory here is right: the next write is over the damage.
    [Theory]
    [InlineData(true, "works")]
    [InlineData(false, "fails")]
    public void RowThatCannotBeRead_IsNoProof_AndEndsNothing(bool isDamaged, string told)
    {
        Stage(1);
        End(Reply.Ok);
        _owner.Told.Clear();
        _storage.HoldReads = true;
        if (isDamaged)
            _storage.ReadFailure = new StorageDamagedException("A bit of it has flipped.");
        Task<bool> newest = null!;
        _turns.Run(() => newest = _commits.IsNewestAsync());
        _turns.Run(() => _storage.EndRead(Reply.Failed));

        Assert.Equal((false, false), (Of(newest), _commits.Ended));
        Assert.Equal([_storage.ReadFailure.Message, told], _owner.Told);

        var next = Stage(2);
        End(Reply.Ok);
        Assert.Equal((null, 2L), (Of(next), Stored()));
    }

    [Fact]
    public void WhoWaitsAloneAndNeedsNoTurn_IsToldWhereTheWriteEnds()
    {
        Stage(1);
        End(Reply.Ok);
        var alone = StageAlone(2);
        // In no turn. A store without the short way has nobody to tell but those who await its task.
        _storage.EndWrite(Reply.Ok);
        Assert.Equal(_byRecord ? ["on disk"] : [], alone.Told);
        _turns.Run(() => { });
        _turns.Run(() => Assert.Equal((true, 2L), (_commits.IsDurable, _commits.Committed!.Position)));
        Assert.Single(alone.Told);

        // Not where another waits too: then both are told in a turn, in the order they came.
        alone = StageAlone(3);
        Task<CommitFailure?> other = null!;
        _turns.Run(() => other = _commits.WhenDurable());
        _storage.EndWrite(Reply.Ok);
        Assert.Equal((0, false), (alone.Told.Count, other.IsCompleted));
        _turns.Run(() => { });
        Assert.Equal(["ended"], alone.Told);
        Assert.Null(Of(other));

        // Nor where it failed.
        alone = StageAlone(4);
        _storage.EndWrite(Reply.Refused);
        Assert.Empty(alone.Told);
        _turns.Run(() => { });
        Assert.Equal(["StorageRefused"], alone.Told);
        Assert.Equal(3, _commits.Pending!.Position);
    }

    [Fact]
    public void AQuietChange_IsNotWrittenForItself_ButGoesWithTheNextWrite()
    {
        Stage(1);
        End(Reply.Ok);
        _turns.Run(() => _commits.StageQuietly(_commits.Pending! with { Confirmed = 1 }));
        Assert.True(_commits.IsDurable);
        Assert.False(_storage.HasWrite);
        _turns.Run(() => _commits.Stage(_commits.Pending! with { Position = 2, Confirmed = 2 }));
        _turns.Run(() => _ = _commits.WhenDurable());
        End(Reply.Ok);
        Assert.Equal(2, StreamRecordFormat.Read("s", _row.Record).Confirmed);
    }

    [Fact]
    public void Forgetting_ClearsTheRow_AndAnOpeningBehindItInsertsAnew()
    {
        Stage(1);
        End(Reply.Ok);
        Task<CommitFailure?> forgotten = null!;
        _turns.Run(() =>
        {
            _commits.Stage(null);
            forgotten = _commits.WhenDurable();
        });
        var opened = Stage(0);
        End(Reply.Ok);
        Assert.Null(Of(forgotten));
        Assert.Null(_row.ETag);
        End(Reply.Ok);
        Assert.Null(Of(opened));
        Assert.Equal(0, Stored());
    }

    [Fact]
    public void Dehydrated_GoesOnElsewhereWithoutARead()
    {
        Stage(1);
        End(Reply.Ok);
        var (etag, record, hasWritten) = _commits.Dehydrate();
        var storage = Connect(_row);
        storage.HoldReads = true;
        var elsewhere = new StreamCommits(storage, GrainId.Create("stream", "s"), "s");
        elsewhere.Rehydrate(etag, record, hasWritten);
        Task<CommitFailure?> done = null!;
        _turns.Run(() =>
        {
            elsewhere.Stage(Record(2));
            done = elsewhere.WhenDurable();
        });
        _turns.Run(() => storage.EndWrite(Reply.Ok));
        Assert.Null(Of(done));
        Assert.Equal(2, Stored());
        Assert.False(storage.HasRead);
    }

    [Fact]
    public void BytesOfAWriteUnderWay_AreNotThoseOfAnothersWrite()
    {
        var otherRow = new HeldRow();
        var otherStorage = Connect(otherRow);
        var other = new StreamCommits(otherStorage, GrainId.Create("stream", "s"), "s");
        _turns.Run(() => _ = other.ReadAsync());
        for (int round = 0; round < 3; round++)
        {
            var mine = Stage(10 + round);
            Task<CommitFailure?> theirs = null!;
            _turns.Run(() =>
            {
                other.Stage(Record(20 + round));
                theirs = other.WhenDurable();
            });
            End(Reply.Ok);
            _turns.Run(() => otherStorage.EndWrite(Reply.Ok));
            Assert.Null(Of(mine) ?? Of(theirs));
            Assert.Equal((10L + round, 20L + round), (Stored(), StreamRecordFormat.Read("s", otherRow.Record).Position));
        }
    }

    private HeldStorage Connect(HeldRow row) => _byRecord ? new HeldRecordStorage(row) : new HeldStorage(row);

    private static StreamRecord Record(long position) => new()
    {
        NumericsVersion = 1,
        ModelHash = new byte[32],
        AnswerSize = 1,
        WindowAnswers = 8,
        WindowBytes = 64,
        Incarnation = 7,
        Position = position,
        Confirmed = position,
        H = [position],
        C = [position],
    };

    private Task<CommitFailure?> Stage(long position)
    {
        Task<CommitFailure?> done = null!;
        _turns.Run(() =>
        {
            _commits.Stage(Record(position));
            done = _commits.WhenDurable();
        });
        return done;
    }

    private Alone StageAlone(long position)
    {
        var alone = new Alone();
        _turns.Run(() =>
        {
            _commits.Stage(Record(position));
            _commits.TellWhenDurable(alone);
        });
        return alone;
    }

    private static T Of<T>(Task<T> done)
    {
        Assert.True(done.IsCompleted);
        return done.GetAwaiter().GetResult();
    }

    private void End(Reply reply) => _turns.Run(() => _storage.EndWrite(reply));

    private long Stored() => StreamRecordFormat.Read("s", _row.Record).Position;

    /// <summary>What a grain is told of its store.</summary>
    private sealed class Owner : IStreamOwner
    {
        public List<string> Told { get; } = [];

        public void WriteFailed(Exception exception) => Told.Add(exception.Message);

        public void StoreFails(long written) => Told.Add("fails");

        public void StoreWorks() => Told.Add("works");

        public void Ended()
        {
        }

        public void IsBehind(long positions)
        {
        }
    }

    /// <summary>A waiter as a submitted step has one.</summary>
    private sealed class Alone : CommitWaiter
    {
        public List<string> Told { get; } = [];

        public override bool NeedsNoTurn => true;

        public override void OnDisk() => Told.Add("on disk");

        public override void Ended(CommitFailure? failure) => Told.Add(failure?.Status.ToString() ?? "ended");
    }
}

/// <summary>The same for stores with the short way of writing.</summary>
public sealed class StreamCommitsByRecordTests() : StreamCommitsTests(byRecord: true);
