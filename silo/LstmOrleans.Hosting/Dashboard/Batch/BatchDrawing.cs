namespace LstmOrleans.Hosting.Dashboard.Batch;

/// <summary>One sequence, to be drawn.</summary>
/// <param name="Name">Its name; empty where the file is one sequence.</param>
/// <param name="Length">Its steps.</param>
/// <param name="Every">Every how many steps there is a point.</param>
/// <param name="Steps">Those steps, from 1.</param>
/// <param name="Inputs">A line for each of the first inputs.</param>
/// <param name="Answers">A line for each of the first answers.</param>
internal sealed record BatchDrawing(string Name, int Length, int Every, int[] Steps, float[][] Inputs, float[][] Answers);
