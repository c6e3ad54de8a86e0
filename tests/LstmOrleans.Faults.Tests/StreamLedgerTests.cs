using LstmOrleans.Faults.Producers;

namespace LstmOrleans.Faults.Tests;

/// <summary>The ledger is what every verdict stands on.</summary>
public sealed class StreamLedgerTests
{
    private readonly StreamLedger _ledger = new();

    [Fact]
    public void Told_SameAnswerTwice_IsRecognisedAndEqual()
    {
        _ledger.Sending(1, 2);
        Assert.Equal(0, _ledger.Told(1, Answers(1, 2)));
        Assert.Equal(2, _ledger.Told(1, Answers(1, 2)));
        Assert.Equal((2, 0), (_ledger.Acknowledged, _ledger.Different));
    }

    [Fact]
    public void Told_AnotherAnswer_IsDifferent()
    {
        _ledger.Told(1, Answers(1));
        _ledger.Told(1, Answers(2));
        Assert.Equal(1, _ledger.Different);
    }

    [Fact]
    public void Told_LaterPositionFirst_WaitsForThoseBefore()
    {
        _ledger.Told(2, Answers(2));
        Assert.Equal((0, 2), (_ledger.Acknowledged, _ledger.HighestAcknowledged));
        _ledger.Told(1, Answers(1));
        Assert.Equal(2, _ledger.Acknowledged);
        Assert.Equal(Bits(2), _ledger.Answer(2));
    }

    [Fact]
    public void ToldDuplicate_NobodyConfirmed_IsALostAnswer()
    {
        _ledger.Sending(1, 2);
        _ledger.ToldDuplicate(1, 2);
        Assert.Equal(2, _ledger.LostAnswers);
    }

    [Fact]
    public void ToldDuplicate_ALaterCallConfirmedIt_IsNoLoss()
    {
        _ledger.Sending(1, 2);
        _ledger.Sending(3, 1);
        _ledger.ToldDuplicate(1, 2);
        Assert.Equal(0, _ledger.LostAnswers);
        Assert.Equal(2, _ledger.Acknowledged);
        Assert.Empty(_ledger.Answer(1));
    }

    [Fact]
    public void Break_Twice_KeepsTheFirstReason()
    {
        _ledger.Break("first", lost: 3);
        _ledger.Break("second", lost: 5);
        Assert.Equal(("first", 3), (_ledger.Broken, _ledger.Lost));
    }

    private static byte[] Answers(params int[] answers) => [.. answers.SelectMany(answer => Bits(answer)).SelectMany(BitConverter.GetBytes)];

    private static uint[] Bits(int answer) => [.. Enumerable.Range(0, FaultModel.AnswerSize).Select(index => (uint)(answer * 10 + index))];
}
