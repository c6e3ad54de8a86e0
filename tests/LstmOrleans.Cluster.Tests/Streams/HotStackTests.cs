using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Streams;

public sealed class HotStackTests
{
    private const int OfAThread = 4;

    [Fact]
    public void TryPop_OnTheSameThread_GivesTheLastOneBack()
    {
        var stack = NewStack();
        Assert.Null(stack.TryPop());
        var (first, second) = (new Thing(), new Thing());
        stack.Push(first);
        stack.Push(second);
        Assert.Same(second, stack.TryPop());
        Assert.Same(first, stack.TryPop());
        Assert.Null(stack.TryPop());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(OfAThread)]
    public void TryPop_OnAnotherThread_GetsWhatAThreadDoesNotKeep(int ofAThread)
    {
        var stack = NewStack(ofAThread: ofAThread);
        const int Count = 100;
        for (int index = 0; index < Count; index++)
            stack.Push(new());
        var taken = OnAnotherThread(() => TakeAll(stack));
        Assert.InRange(taken.Count, Count - ofAThread - 1, Count);
        Assert.Equal(Count, taken.Concat(TakeAll(stack)).Distinct().Count());
    }

    [Fact]
    public void Push_OfMoreThanItsBytes_LeavesTheRestToTheCollector()
    {
        var stack = NewStack(mostBytes: 10 * Thing.Size);
        for (int index = 0; index < 100; index++)
            stack.Push(new());
        Assert.InRange(TakeAll(stack).Count, 10, 10 + OfAThread + 1);
        // What was taken does not count any more.
        for (int index = 0; index < 100; index++)
            stack.Push(new());
        Assert.InRange(TakeAll(stack).Count, 10, 10 + OfAThread + 1);
    }

    [Fact]
    public void Stacks_MoreThanAThreadHasRoomFor_LoseNothing()
    {
        var stacks = Enumerable.Range(0, 50).Select(_ => NewStack()).ToArray();
        var given = stacks.Select(_ => new Thing()).ToArray();
        for (int index = 0; index < stacks.Length; index++)
            stacks[index].Push(given[index]);
        for (int index = 0; index < stacks.Length; index++)
            Assert.Same(given[index], stacks[index].TryPop());
    }

    [Fact]
    public async Task AnyThreads_TakeAndGive_NobodyHasWhatAnotherHas()
    {
        var stack = NewStack();
        int made = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            var held = new List<Thing>();
            for (int turn = 0; turn < 100_000; turn++)
            {
                if (random.Next(2) == 0)
                {
                    var thing = stack.TryPop();
                    if (thing == null)
                    {
                        Interlocked.Increment(ref made);
                        thing = new();
                    }

                    Assert.Equal(0, Interlocked.Exchange(ref thing.Holder, seed + 1));
                    held.Add(thing);
                }
                else if (held.Count > 0)
                {
                    var thing = held[^1];
                    held.RemoveAt(held.Count - 1);
                    Assert.Equal(seed + 1, Interlocked.Exchange(ref thing.Holder, 0));
                    stack.Push(thing);
                }
            }
        })));
        Assert.InRange(made, 1, 100_000);
    }

    private static HotStack<Thing> NewStack(long mostBytes = 1 << 20, int ofAThread = OfAThread) => new(mostBytes, ofAThread, static _ => Thing.Size);

    private static List<Thing> TakeAll(HotStack<Thing> stack)
    {
        var taken = new List<Thing>();
        while (stack.TryPop() is { } thing)
            taken.Add(thing);
        return taken;
    }

    private static List<Thing> OnAnotherThread(Func<List<Thing>> run)
    {
        var result = new List<Thing>();
        var thread = new Thread(() => result = run());
        thread.Start();
        thread.Join();
        return result;
    }

    private sealed class Thing
    {
        public const int Size = 100;

        public int Holder;
    }
}
