using LstmOrleans.Silo.Streams;

namespace LstmOrleans.Cluster.Tests.Streams;

public sealed class HotStackTests
{
    private const int OfAThread = HotStack<object>.OfAThread;

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
    [InlineData(Thing.Small, OfAThread)]
    [InlineData(HotStack<object>.LargestOfAThread, OfAThread)]
    [InlineData(HotStack<object>.LargestOfAThread + 1, 0)]
    public void TryPop_OnAnotherThread_GetsWhatAThreadDoesNotKeep(int size, int kept)
    {
        var stack = NewStack();
        const int Count = 100;
        for (int index = 0; index < Count; index++)
            stack.Push(new(size));
        var taken = OnAnotherThread(() => TakeAll(stack));
        Assert.InRange(taken.Count, Count - kept, Count);
        Assert.Equal(Count, taken.Concat(TakeAll(stack)).Distinct().Count());
    }

    [Fact]
    public void Push_OfMoreThanItsBytes_LeavesTheRestToTheCollector()
    {
        var room = new ByteRoom(10 * Thing.Small);
        var (stack, another) = (new HotStack<Thing>(room, static thing => thing.Size), new HotStack<Thing>(room, static thing => thing.Size));
        for (int round = 0; round < 2; round++)
        {
            for (int index = 0; index < 100; index++)
            {
                stack.Push(new());
                another.Push(new());
            }

            // What was taken does not count any more.
            Assert.InRange(TakeAll(stack).Count + TakeAll(another).Count, 10, 10 + (2 * OfAThread));
        }
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

    private static HotStack<Thing> NewStack() => new(new ByteRoom(16 << 20), static thing => thing.Size);

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

    private sealed class Thing(int size = Thing.Small)
    {
        public const int Small = 100;

        public int Holder;

        public int Size => size;
    }
}
