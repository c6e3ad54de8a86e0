namespace LstmOrleans.Recording.Sampling;

/// <summary>How many processes there are: the directories of /proc whose name is a number.</summary>
internal sealed class ProcessCountSource : IReadingSource
{
    public void Read(List<Reading> into)
    {
        var count = 0;
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (char.IsAsciiDigit(directory["/proc/".Length])) count++;
        into.Add(new Reading("processes", count));
    }
}
